// SPDX-License-Identifier: Apache-2.0

package main

const help = `agorasim simulates the REST service of Agora Cloud Recording on this machine.

It answers acquire, start, query, update, updateLayout and stop below
/v1/apps/{appid}/cloud_recording as Agora documents them, in the modes
individual, mix and web:

  - HTTP Basic authentication, and 401 without it
  - 10 requests a second for an account, counted over any second; 429 beyond
  - 404 "no Route matched with those values" for a wrong verb or path
  - recorders that start (service status 1 to 4), record (5), are stopped or idle
    out, upload (6), stay a moment (8), exit, and then answer 404 with code 404;
    or that fail (20)
  - stop: synchronous, answered after the upload (code 50 beyond 20 seconds), or
    asynchronous; 400 with code 49 once the recorder is exiting; 206 with code 435
    where nobody has published; the file lists and upload states of every mode
  - update: subscriptions, a web page's pause, in which it records nothing, the URL
    that it is pushed to, and storage; updateLayout: the layout of a mix recording,
    replaced as a whole; one of them at a time, or 400 with code 2; 500 with code 501
    once the recorder is exiting
  - resource IDs that start one recording within 5 minutes, 201 with code 7 for
    the same again, 400 with code 53 for a second recorder of one cname and uid,
    433 past resourceExpiredHour
  - starts that are accepted, and then answer 404: with a wrong token, credentials that
    do not open the bucket, or a transcodingConfig that cannot be used
  - tokens that are verified with the App Certificate of their project, and end a
    recorder when they expire
  - STS tokens that need a fresh storageConfig every hour: without it the files go to
    Agora's backup, and past stsExpiration or with wrong keys nowhere
  - recorders that are moved to another server: 404 for a while, though recording;
    their files are named bak0_ and so on from then on
  - the recorded files in a bucket: indexes, slices, MP4 files and screenshots, while
    they are recorded, in time, late, in part, or by way of Agora's backup
  - notifications of all that Agora notifies of, signed, and sent again up to three
    times where the receiver does not answer 200

Simulated time can be sped up; the limit of requests keeps real time.

Usage: agorasim [flags]

`

const adminHelp = `
The admin interface speaks JSON. Durations are in simulated time, such as "90s".

Recordings
  curl localhost:8701/recordings                         all recordings: whether they run,
  curl localhost:8701/recordings/SID                     their files, how often stop was called,
      the configuration in force without its secrets, and how often what was updated
  curl localhost:8701/recordings -d '{"appId":"a","cname":"lesson","uid":"1","mode":"mix"}'
      adds one that runs already. Optional: resourceId, sid, avFileType, streamMode, snapshot,
      captureInterval, slices, sliceDuration, fileNamePrefix, publishers,
      nothingRecorded, uploadingStatus, upload, uploadDuration, exitAfter,
      maxIdleTime, controlWindow, clockOffset
  curl -X POST localhost:8701/recordings/SID/idle-out       ends as by an empty channel
  curl -X POST localhost:8701/recordings/SID/leave-channel  empties the channel: it idles out
  curl localhost:8701/recordings/SID/publish -d '{"publishers":["123"]}'
  curl -X POST localhost:8701/recordings/SID/expire-token   ends as by an expired token
  curl -X POST localhost:8701/recordings/SID/exit           ends at once, without upload
  curl -X POST localhost:8701/recordings/SID/fail           ends abnormally, without upload
  curl localhost:8701/recordings/SID/lose-worker -d '{"for":"90s"}'
      moves it to another server: 404 meanwhile; the fourth time ends it

Files in the bucket
  curl localhost:8701/recordings/SID/upload -d '{"uploadingStatus":"backuped","transferSteps":2}'
      says what becomes of its files, before the upload is over; the numbers are of
      the slices of each index:
        uploadingStatus     what stop answers; unchanged where left out
        late                how long after the upload the second half arrives
        missingSlices       never arrive
        emptySlices         arrive without content
        missingMp4          true has no MP4 file made, though it was asked for
        unfinishedIndex     true leaves the index without its end
        backedUpSlices      lie in Agora's backup, with "backuped"; half where left out
        completeIndex       true has the index in the bucket all the same
        transferAfter       when the backup is moved; "10m" where left out, "-1s" for never
        transferSteps       in how many steps, each with a larger index; one where left out
        announceTransfer    true sends event 31 when it is done
  curl -X POST localhost:8701/recordings/SID/transfer       moves the backup now, a step further
  A recording's "written" says whether the bucket holds all that it should by now.

Notifications
  curl localhost:8701/notifications                      the receivers
  curl -X PUT localhost:8701/notifications -d '{"url":"http://127.0.0.1:8702/","secret":"s"}'
      changes them. Optional: eventTypes, those to send; appIds, such as
      {"APPID":{"url":"http://127.0.0.1:8703/","secret":"t"}}
  curl localhost:8701/recordings/SID/notify -d '{"eventType":1,"details":{"errorCode":47}}'
      sends an event; its details fit the recording where they are left out
  curl -X POST localhost:8701/notifications/check        sends a sample of every type
  curl localhost:8701/notifications/deliveries           the log; -X DELETE empties it
  curl localhost:8701/notifications/faults               those that can still strike
  curl localhost:8701/notifications/faults -d '{"eventTypes":[31],"times":1,"effect":"lose"}'
  curl -X DELETE localhost:8701/notifications/faults     or /notifications/faults/ID
      eventTypes, appId, cname, sid   which notifications it strikes; all where left out
      times                           how many; all until removed where left out
      effect                          what it does:
        lose             never sends it
        duplicate        sends it twice
        redundant        sends the event in two notifications
        delay            sends it after "delay", such as "10s"
        reverse          holds "times" of them back, and sends them the last one first
        wrong-signature  signs with another secret
        without-v2       signs with Agora-Signature alone
        unsigned         does not sign

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
        answer              answers with status, body, contentType, retryAfter; no effect
        answer-after-acting takes effect, and answers so all the same
        gateway-page        answers 502 with a proxy's HTML page; no effect
        too-many-requests   answers 400 as Agora does beyond a tenth of the limit of
                            parallel recordings; no effect
        empty-body          takes effect, and the answer has no body
        cut-body            takes effect, and the connection ends in the body
        hang                never answers; no effect
        hang-after-acting   takes effect, and never answers
        does-not-come-up    a start takes effect, is answered, and its recorder is gone
                            before it is ready; "failure" says why: token, storage or
                            transcoding

Accounts
  curl localhost:8701/accounts        requests, refusals, and the most in any second
  curl -X PUT localhost:8701/credentials/ID -d '{"secret":"s","account":"a","requestsPerSecond":100}'
      adds a pair or changes it; credentials of one account share its limit
  curl -X DELETE localhost:8701/credentials/ID
  curl -X PUT localhost:8701/app-ids -d '{"APPID":"ACCOUNT"}'
      enables only these App IDs; "" for any account
  curl -X PUT localhost:8701/tokens -d '{"APPID":"TOKEN"}'
      the RTC tokens that projects want; a start with another one is accepted, and
      its recorder does not come up
  curl -X PUT localhost:8701/app-certificates -d '{"APPID":"CERTIFICATE"}'
      the App Certificates of projects, by which tokens are verified
  curl -X PUT localhost:8701/storage-credentials -d '[{"accessKey":"k","secretKey":"s"}]'
      what opens the bucket, optionally with stsToken; all does if there are none. A
      start with others is accepted, and its recorder does not come up

Service
  curl localhost:8701/requests                           the log; -X DELETE empties it
  curl -X PUT localhost:8701/clock -d '{"speed":60}'     curl localhost:8701/clock
  curl localhost:8701/restart -d '{"for":"10s"}'         gives no answers for a while
  curl -X POST localhost:8701/reset                      forgets everything
`
