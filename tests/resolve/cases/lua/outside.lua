-- path: a.lua
local Set = {}
Set.__index = Set

function Set.tmpname(a) return a end
function Set:insert_all(items) end

local function use(thing)
  os.tmpname() -- calls: external:os.tmpname
  Set.tmpname(1) -- calls: ::Set.tmpname [exact]
  thing:insert_all({}) -- calls: ::Set.insert_all [candidate]
  thing:insert_all(1, 2) -- calls: nothing
  local text = "x"
  text:insert_all({}) -- calls: nothing
end

return Set
