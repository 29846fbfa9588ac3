// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/testenv"
)

// The recordings of the samples. One has a profile, and so does the one that the schedule
// makes. Two others are started, and one of them is restarted. The rest are adopted.
const (
	lesson           = "lesson-42"
	hls              = "lesson-hls"
	restarted        = "lesson-restarted"
	running          = "lesson-recording"
	toStop           = "lesson-to-stop"
	toDelete         = "lesson-to-delete"
	backedUp         = "lesson-backed-up"
	notified         = "lesson-notified"
	wrongCredentials = "lesson-wrong-credentials"
)

// Conditions, and output formats.
const (
	ready          = "condition=Ready"
	uploaded       = "condition=Uploaded"
	phase          = "{.status.phase}"
	status         = "{.status.uploadingStatus}"
	uploadedReason = `{.status.conditions[?(@.type=="Uploaded")].reason}`
	readyMessage   = `jsonpath={.status.conditions[?(@.type=="Ready")].message}{"\n"}`
	files          = `jsonpath={range .status.fileList[*]}{.fileName}{"\n"}{end}`
	sessions       = `jsonpath={range .status.sessions[*]}{.sid}{": "}{.stoppedReason}{", "}{.uploadedReason}{"\n"}{end}{.status.sid}{": "}{.status.phase}{"\n"}`
	messages       = "custom-columns=REASON:.reason,MESSAGE:.message"
)

// scene shows one feature, and fails if the result is wrong.
type scene struct {
	title string
	steps []step
}

func scenes() []scene {
	return []scene{
		{"What all lessons share is written once. Their bucket is at Amazon in the manifests: here, a server on this machine stands in its place.", []step{
			show("create", "-f", samples+"/secrets.yaml"),
			withBucket(func(b *testenv.Bucket) step {
				return show("create", "secret", "generic", "bucket-reader",
					"--from-literal=accessKey="+b.Reader.AccessKey, "--from-literal=secretKey="+b.Reader.SecretKey)
			}),
			show("apply", "-f", samples+"/profile.yaml"),
			withBucket(func(b *testenv.Bucket) step {
				return show("patch", "crecp", "lessons", "--type=merge", "-p", fmt.Sprintf(
					`{"spec":{"storage":{"endpoint":%q,"readCredentialsSecretRef":{"name":"bucket-reader"}}}}`, b.Server.Endpoint))
			}),
			show("get", "crecp"),
		}},
		{"A lesson is a short manifest. This one begins in a few seconds, and ends soon after that.", []step{
			applyLesson,
			waitFor("jsonpath="+phase+"=Scheduled", lesson),
			waitFor(ready, lesson),
			show("get", "crec", lesson, "-o", "wide"),
			waitFor("jsonpath="+phase+"=Recording", lesson),
			show("get", "crec", lesson),
			waitFor("jsonpath="+phase+"=Completed", lesson),
			show("get", "crec", lesson, "-o", "wide"),
			expect(lesson, "{.status.stopReason}", "WindowEnded"),
			expectStopped(lesson),
		}},
		{"A timetable creates the recordings of a class, each ten minutes ahead. The next lesson of this one begins within about a minute: meanwhile, look at others.", []step{
			applyTimetable,
			quietly("wait", "--for=jsonpath={.status.activeCount}=1", "crecs/"+timetable, timeout),
			show("get", "crecs"),
			show("get", "crec", "-l", ofTimetable),
		}},
		{"Two recordings are started that say all of it themselves.", []step{
			show("apply", "-f", samples+"/start-mix-hls.yaml", "-f", samples+"/start-restart.yaml"),
			waitFor("jsonpath="+phase+"=Starting", hls, restarted),
			show("get", "cloudrecordings"),
			waitFor(ready, hls, restarted),
			expect(hls, phase, "Recording"),
			show("get", "cloudrecordings", "-o", "wide"),
		}},
		{"They are told where their bucket is, too.", []step{
			withBucket(func(b *testenv.Bucket) step {
				return patch(fmt.Sprintf(`{"spec":{"storage":{"endpoint":%q,"readCredentialsSecretRef":{"name":"bucket-reader"}}}}`,
					b.Server.Endpoint), hls, restarted)
			}),
		}},
		{"One is stopped by editing its spec.", append([]step{
			// In the meantime, the other one's channel becomes empty.
			atAgora(restarted, (*testenv.Agora).IdleOut),
		}, append(stopAndList(hls, 1), expect(hls, `{.status.conditions[?(@.type=="Verified")].status}`, "True"))...)},
		{"The channel of the other one was empty, and its recorder ended by itself: another session takes its place.", []step{
			waitFor("jsonpath={.status.sessions[0].uploadedReason}", restarted),
			waitFor(ready, restarted),
			show("get", "events", "--field-selector", "involvedObject.name="+restarted+",reason=Restarting", "-o", messages),
			showChecked(matches(`(?s): RecordingEnded, .*: Recording\n$`), "get", "crec", restarted, "-o", sessions),
			expectSessions(restarted, 2),
		}},
		{"Six recordings that were started elsewhere and run at Agora become objects.", []step{
			show("create", "-f", adopted+"/secrets.yaml"),
			show("apply", "-k", adopted),
		}},
		{"One of them runs, and is watched over.", []step{
			waitFor(ready, running),
			expect(running, phase, "Recording"),
			show("get", "cloudrecordings", running, "-o", "wide"),
		}},
		{"One is stopped by editing its spec.", append([]step{waitFor(ready, toStop)}, stopAndList(toStop, 2)...)},
		{"One is stopped by deleting its object.", []step{
			waitFor(ready, toDelete),
			show("delete", "crec", toDelete, timeout),
			// Events are sent in the background, after the changes that they report.
			untilSaid("its object goes", "get", "events", "--field-selector", "involvedObject.name="+toDelete),
			show("get", "events", "--field-selector", "involvedObject.name="+toDelete, "-o", messages),
			expectStopped(toDelete),
		}},
		{"One's files are in Agora's backup after the stop: it keeps being looked after.", []step{
			waitFor(ready, backedUp),
			patch(wantStopped, backedUp),
			waitFor("jsonpath="+phase+"=Uploading", backedUp),
			show("get", "crec", backedUp, "-o", "wide"),
			expect(backedUp, status, "backuped"),
			expectStopped(backedUp),
		}},
		{"It is told which bucket the files go to, and sees there what is missing.", []step{
			withBucket(func(b *testenv.Bucket) step {
				return patch(fmt.Sprintf(
					`{"spec":{"storage":{"vendor":11,"region":0,"endpoint":%q,"bucket":%q,"readCredentialsSecretRef":{"name":"bucket-reader"}}}}`,
					b.Server.Endpoint, testenv.BucketName), backedUp)
			}),
			waitFor("condition=Verified=False", backedUp),
			show("get", "crec", backedUp, "-o", `jsonpath={.status.conditions[?(@.type=="Verified")].message}{"\n"}`),
		}},
		{"Agora transfers the files from its backup: the bucket proves the upload.", []step{
			atAgora(backedUp, (*testenv.Agora).Transfer),
			waitFor(uploaded, backedUp),
			show("get", "crec", backedUp, "-o", "wide"),
			expect(backedUp, uploadedReason, "VerifiedInStorage"),
		}},
		{"Of another one, Agora notifies the operator that its files are uploaded.", []step{
			patch(wantStopped, notified),
			waitFor("jsonpath="+status+"=backuped", notified),
			atAgora(notified, (*testenv.Agora).Transfer),
			waitFor(uploaded, notified),
			show("get", "crec", notified, "-o", "wide"),
			expect(notified, uploadedReason, "NotifiedByAgora"),
		}},
		{"One has the wrong credentials: it says so, and what to do.", []step{
			waitFor("condition=Stalled", wrongCredentials),
			showChecked(matches(`Secret "agora-wrong"`), "get", "crec", wrongCredentials, "-o", readyMessage),
		}},
		{"The lesson of the timetable has begun.", []step{
			occurrenceIs(v1alpha1.PhaseRecording),
			show("get", "crecs"),
		}},
		{"All of them:", []step{show("get", "cloudrecordings")}},
	}
}

// stopAndList stops a recording by editing it, and lists its index files.
func stopAndList(name string, indexes int) []step {
	return []step{
		patch(wantStopped, name),
		waitFor(uploaded, name),
		quietly("wait", "--for=jsonpath="+phase+"=Completed", "crec/"+name, timeout),
		show("get", "crec", name),
		showChecked(countIndexes(indexes), "get", "crec", name, "-o", files),
		expectStopped(name),
	}
}
