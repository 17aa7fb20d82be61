enum Weekday { Monday, Tuesday }
