-- Rules in Lua: what config/auth-lua.toml asks. A function gets the request as a
-- table (config/hooks.md says what is in it), and answers true, or false and a
-- reason, or a table.

-- Globals can be set here alone. Each of the server's threads has its own copy.
local open_rooms = {lobby = true, garden = true}

function may_join(request)
  local room = request.captures.room
  if not open_rooms[room] then
    return false, "no_such_room"
  end
  -- phoenix.js: socket.channel("events:room:garden", {key: "..."})
  if room == "garden" and request.payload.key ~= "sesame" then
    return {allow = false, reason = "members_only", log = "a wrong key for the garden"}
  end
  return {allow = true, response = {room = room}, limits = {events_per_second = 50}}
end

-- Everything that is published comes through here.
function may_publish(request)
  return request.type ~= "com.example.shout", "no_shouting"
end
