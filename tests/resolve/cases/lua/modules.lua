-- path: main.lua
local util = require("lib.util") -- imports: lib/util.lua
local json = require("cjson")
local Animal = require "animal" -- imports: animal/init.lua

local function helper(n) return n end

local function main()
  helper(1) -- calls: ::helper
  util.trim("x") -- calls: lib/util.lua::M.trim
  Animal.new("cat") -- calls: animal/init.lua::Animal.new
  json.encode({}) -- calls: external:cjson.encode
  print("x") -- calls: nothing
end

-- path: lib/util.lua
local M = {}

--- Without blanks.
function M.trim(s)
  return M.clean(s) -- calls: ::M.clean
end

M.clean = function(s) return s end

return M

-- path: animal/init.lua
local Animal = {}
Animal.__index = Animal

function Animal.new(name)
  local self = setmetatable({}, Animal)
  return self
end

function Animal:speak(word)
  self:sound(word) -- calls: ::Animal.sound
end

function Animal:sound(word) end

return Animal
