-- SPDX-License-Identifier: Apache-2.0
--
-- The health of a CloudRecording, a CloudRecordingProfile and a CloudRecordingSchedule, by
-- the conditions that kstatus reads too: Flux and kubectl wait see the same.

local conditions = {}
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    conditions[condition.type] = condition
  end
end

local function holds(type)
  return conditions[type] ~= nil and conditions[type].status == "True"
end

if obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation or conditions.Ready == nil then
  return {status = "Progressing", message = "The operator has not looked at it yet."}
end
if holds("Stalled") then
  return {status = "Degraded", message = conditions.Stalled.message}
end
if holds("Reconciling") then
  return {status = "Progressing", message = conditions.Reconciling.message}
end
if not holds("Ready") then
  return {status = "Progressing", message = conditions.Ready.message}
end
if conditions.Ready.reason == "Suspended" then
  return {status = "Suspended", message = conditions.Ready.message}
end
return {status = "Healthy", message = conditions.Ready.message}
