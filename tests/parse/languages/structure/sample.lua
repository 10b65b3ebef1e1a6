local json = require("json")
local util = require "lib.util"
require('side')
--- Doc
local M = {}
M.VERSION = "1"
function M.new(a, b, ...) local self = setmetatable({}, M); self:go(1); util.run(a); return self end
function M:go(x) helper(x); M.sub.f(1) end
local function helper(n) return n end
function global_fn() end
local anon = function(a) end
M.field = function(self, b) end
local T = { run = function(x) end, k = 1 }
M["x"] = 2
return M
