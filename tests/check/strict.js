"use strict";
undeclared = 1;
const a = 010;
