// What is assigned once stays.
const limit = 1;
limit = 2;
limit++;
for (const each of [1]) each += 1;
let free = 1;
free = 2;
