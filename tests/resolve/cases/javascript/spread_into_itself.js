// path: a.js
function helper() {}

let all = [];
all = [...all, helper];
all = [...all];
for (const each of all) {
  each(); // calls: ::helper
}
