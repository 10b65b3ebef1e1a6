const units = require('./units')

exports.format = function format(sum) {
  return units.euro(sum)
}
