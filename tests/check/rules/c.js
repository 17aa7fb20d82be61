trace('c');
