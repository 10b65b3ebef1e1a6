function euro(sum) {
  return sum.toFixed(2)
}

module.exports = { euro }
