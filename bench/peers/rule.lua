-- SPDX-License-Identifier: Apache-2.0
-- The rule of the filter, for three methods.
local implemented = {GET = true, HEAD = true, POST = true}

function envoy_on_request(request)
  local method = request:headers():get(":method")
  if not implemented[method] then
    request:respond({
      [":status"] = "501",
      ["content-type"] = "application/json",
      ["cache-control"] = "no-store",
      ["x-content-type-options"] = "nosniff",
    }, '{"error":"not_implemented","message":"This server does not implement the ' .. method .. ' method.","method":"' .. method .. '"}')
  end
end
