// path: js/util.js
function format(x) { return x }
var Tools = { clean: function () {} }
// path: js/page.js
format(1) // calls: js/util.js::format
Tools.clean() // calls: js/util.js::Tools.clean
window.format(2) // calls: js/util.js::format
