trace('d');
