trace('a');
