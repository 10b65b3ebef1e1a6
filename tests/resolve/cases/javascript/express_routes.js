// path: routes/users.js
const router = require('express').Router()
const users = require('../users')
router.get('/', users.list) // references: users.js::list
router.post('/', (req, res) => users.create(req.body)) // calls: users.js::create
module.exports = router
// path: users.js
exports.list = (req, res) => res.json([])
exports.create = function (body) {}
// path: app.js
const express = require('express')
const users = require('./routes/users')
const app = express() // calls: external:express
app.use('/users', users)
app.use(errors) // references: ::errors
function errors(err, req, res, next) {
  next(err) // calls: nothing
}
