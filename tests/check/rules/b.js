trace('b');
