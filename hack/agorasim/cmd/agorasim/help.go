// SPDX-License-Identifier: Apache-2.0

package main

const help = `agorasim simulates the REST service of Agora Cloud Recording on this machine.

It answers acquire, start, query and stop below /v1/apps/{appid}/cloud_recording
as Agora documents them, in the modes individual, mix and web:

  - HTTP Basic authentication, and 401 without it
  - 10 requests a second for an account, counted over any second; 429 beyond
  - 404 "no Route matched with those values" for a wrong verb or path
  - recorders that start (service status 1 to 4), record (5), are stopped or idle
    out, upload (6), stay a moment (8), exit, and then answer 404 with code 404
  - stop: synchronous, answered after the upload (code 50 beyond 20 seconds), or
    asynchronous; 400 with code 49 once the recorder is exiting; 206 with code 435
    where nobody has published; the file lists and upload states of every mode
  - resource IDs that start one recording within 5 minutes, 201 with code 7 for
    the same again, 400 with code 53 for a second recorder of one cname and uid,
    433 past resourceExpiredHour
  - recorders that are moved to another server: 404 for a while, though recording

Simulated time can be sped up; the limit of requests keeps real time.

Usage: agorasim [flags]

`

const adminHelp = `
The admin interface speaks JSON. Durations are in simulated time, such as "90s".

Recordings
  curl localhost:8701/recordings                         all recordings: whether they run,
  curl localhost:8701/recordings/SID                     their files, how often stop was called
  curl localhost:8701/recordings -d '{"appId":"a","cname":"lesson","uid":"1","mode":"mix"}'
      adds one that runs already. Optional: resourceId, sid, avFileType, snapshot,
      fileNamePrefix, publishers, nothingRecorded, uploadingStatus, uploadDuration,
      exitAfter, maxIdleTime, controlWindow
  curl -X POST localhost:8701/recordings/SID/idle-out       ends as by an empty channel
  curl -X POST localhost:8701/recordings/SID/leave-channel  empties the channel: it idles out
  curl localhost:8701/recordings/SID/publish -d '{"publishers":["123"]}'
  curl -X POST localhost:8701/recordings/SID/exit           ends at once, without upload
  curl localhost:8701/recordings/SID/lose-worker -d '{"for":"90s"}'
      moves it to another server: 404 meanwhile; the fourth time ends it

Faults
  curl localhost:8701/faults                             those that can still strike
  curl localhost:8701/faults -d '{"method":"stop","times":1,"effect":"drop-after-acting"}'
  curl -X DELETE localhost:8701/faults                   or /faults/ID
      method, appId, cname, sid   which calls it strikes; all where left out
      times                       how many; all until removed where left out
      delayBeforeActing, delayBeforeReply
      effect                      what it does, beside delaying:
        drop-after-acting   takes effect, and the reply is lost
        drop-before-acting  closes the connection before it takes effect
        answer              answers with status, body, contentType; no effect
        gateway-page        answers 502 with a proxy's HTML page; no effect
        empty-body          takes effect, and the answer has no body
        cut-body            takes effect, and the connection ends in the body
        hang                never answers; no effect
        hang-after-acting   takes effect, and never answers

Accounts
  curl localhost:8701/accounts        requests, refusals, and the most in any second
  curl -X PUT localhost:8701/credentials/ID -d '{"secret":"s","account":"a","requestsPerSecond":100}'
      adds a pair or changes it; credentials of one account share its limit
  curl -X DELETE localhost:8701/credentials/ID
  curl -X PUT localhost:8701/app-ids -d '{"APPID":"ACCOUNT"}'
      enables only these App IDs; "" for any account

Service
  curl localhost:8701/requests                           the log; -X DELETE empties it
  curl -X PUT localhost:8701/clock -d '{"speed":60}'     curl localhost:8701/clock
  curl localhost:8701/restart -d '{"for":"10s"}'         gives no answers for a while
  curl -X POST localhost:8701/reset                      forgets everything
`
