// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// scene shows one thing, and fails if it does not come out as it should.
type scene struct {
	title string
	play  func(ctx context.Context, s *stage) error
}

var scenes = []scene{
	{"Two recordings are started, each from a manifest.", start},
	{"Their bucket is at Amazon in the manifests. Here, a server on this machine stands in its place.", nameBucket},
	{"One is stopped by editing its spec.", stopStarted},
	{"The channel of the other one was empty, and its recorder ended by itself: another session takes its place.", showSessions},
	{"Six recordings that were started elsewhere and run at Agora become objects.", adopt},
	{"One of them runs, and is watched over.", watchOver},
	{"One is stopped by editing its spec.", stopByEditing},
	{"One is stopped by deleting its object.", stopByDeleting},
	{"One's files are in Agora's backup after the stop: it keeps being looked after.", followUpload},
	{"It is told which bucket the files go to, and sees there what is missing.", lookIntoBucket},
	{"Agora transfers the files from its backup: the bucket proves the upload.", transferToBucket},
	{"Of another one, Agora notifies the operator that its files are uploaded.", hearNotification},
	{"One has the wrong credentials: it says so, and what to do.", wrongCredentials},
	{"All of them:", showAll},
}

const (
	patience    = "--timeout=60s"
	wantStopped = `{"spec":{"state":"Stopped"}}`
)

func adopt(ctx context.Context, s *stage) error {
	if _, err := s.show(ctx, "create", "-f", adopted+"/secrets.yaml"); err != nil {
		return err
	}
	_, err := s.show(ctx, "apply", "-k", adopted)
	return err
}

func watchOver(ctx context.Context, s *stage) error {
	if _, err := s.show(ctx, "wait", "--for=condition=Ready", "crec/lesson-recording", patience); err != nil {
		return err
	}
	if err := s.expect(ctx, "lesson-recording", "{.status.phase}", "Recording"); err != nil {
		return err
	}
	_, err := s.show(ctx, "get", "cloudrecordings", "lesson-recording", "-o", "wide")
	return err
}

func stopByEditing(ctx context.Context, s *stage) error {
	if _, err := s.show(ctx, "wait", "--for=condition=Ready", "crec/lesson-to-stop", patience); err != nil {
		return err
	}
	return s.stopAndList(ctx, "lesson-to-stop", 2)
}

// stopAndList stops a recording by editing it, and lists its index files.
func (s *stage) stopAndList(ctx context.Context, name string, indexes int) error {
	if _, err := s.show(ctx, "patch", "crec", name, "--type=merge", "-p", wantStopped); err != nil {
		return err
	}
	if _, err := s.show(ctx, "wait", "--for=condition=Uploaded", "crec/"+name, patience); err != nil {
		return err
	}
	if _, err := s.kubectl(ctx, "wait", "--for=jsonpath={.status.phase}=Completed", "crec/"+name, patience); err != nil {
		return err
	}
	if _, err := s.show(ctx, "get", "crec", name); err != nil {
		return err
	}
	files, err := s.show(ctx, "get", "crec", name, "-o", `jsonpath={range .status.fileList[*]}{.fileName}{"\n"}{end}`)
	if err != nil {
		return err
	}
	if lines := strings.Count(files, ".m3u8\n"); lines != indexes {
		return fmt.Errorf("%d indexes are in the status, not %d", lines, indexes)
	}
	return s.expectStopped(name)
}

func stopByDeleting(ctx context.Context, s *stage) error {
	if _, err := s.show(ctx, "wait", "--for=condition=Ready", "crec/lesson-to-delete", patience); err != nil {
		return err
	}
	if _, err := s.show(ctx, "delete", "crec", "lesson-to-delete", patience); err != nil {
		return err
	}
	// Events are sent in the background, after what they tell of.
	err := s.eventually(ctx, func() (bool, error) {
		output, err := s.kubectl(ctx, "get", "events", "--field-selector", "involvedObject.name=lesson-to-delete")
		return strings.Contains(output, "its object goes"), err
	})
	if err != nil {
		return fmt.Errorf("wait for the event that names the files: %w", err)
	}
	if _, err := s.show(ctx, "get", "events", "--field-selector", "involvedObject.name=lesson-to-delete",
		"-o", "custom-columns=REASON:.reason,MESSAGE:.message"); err != nil {
		return err
	}
	return s.expectStopped("lesson-to-delete")
}

func followUpload(ctx context.Context, s *stage) error {
	if _, err := s.show(ctx, "wait", "--for=condition=Ready", "crec/lesson-backed-up", patience); err != nil {
		return err
	}
	if _, err := s.show(ctx, "patch", "crec", "lesson-backed-up", "--type=merge", "-p", wantStopped); err != nil {
		return err
	}
	if _, err := s.show(ctx, "wait", "--for=jsonpath={.status.phase}=Uploading", "crec/lesson-backed-up", patience); err != nil {
		return err
	}
	if _, err := s.show(ctx, "get", "crec", "lesson-backed-up", "-o", "wide"); err != nil {
		return err
	}
	if err := s.expect(ctx, "lesson-backed-up", "{.status.uploadingStatus}", "backuped"); err != nil {
		return err
	}
	return s.expectStopped("lesson-backed-up")
}

func lookIntoBucket(ctx context.Context, s *stage) error {
	storage := fmt.Sprintf(`{"spec":{"storage":{"vendor":11,"region":0,"endpoint":%q,"bucket":%q,"readCredentialsSecretRef":{"name":"bucket-reader"}}}}`,
		s.store.server.Endpoint, bucketName)
	if _, err := s.show(ctx, "patch", "crec", "lesson-backed-up", "--type=merge", "-p", storage); err != nil {
		return err
	}
	if _, err := s.show(ctx, "wait", "--for=condition=Verified=False", "crec/lesson-backed-up", patience); err != nil {
		return err
	}
	_, err := s.show(ctx, "get", "crec", "lesson-backed-up", "-o", `jsonpath={.status.conditions[?(@.type=="Verified")].message}{"\n"}`)
	return err
}

func transferToBucket(ctx context.Context, s *stage) error {
	if err := s.transfer("lesson-backed-up"); err != nil {
		return err
	}
	if _, err := s.show(ctx, "wait", "--for=condition=Uploaded", "crec/lesson-backed-up", patience); err != nil {
		return err
	}
	if _, err := s.show(ctx, "get", "crec", "lesson-backed-up", "-o", "wide"); err != nil {
		return err
	}
	return s.expect(ctx, "lesson-backed-up", `{.status.conditions[?(@.type=="Uploaded")].reason}`, "VerifiedInStorage")
}

func hearNotification(ctx context.Context, s *stage) error {
	if _, err := s.show(ctx, "patch", "crec", "lesson-notified", "--type=merge", "-p", wantStopped); err != nil {
		return err
	}
	if _, err := s.show(ctx, "wait", "--for=jsonpath={.status.uploadingStatus}=backuped", "crec/lesson-notified", patience); err != nil {
		return err
	}
	if err := s.transfer("lesson-notified"); err != nil {
		return err
	}
	if _, err := s.show(ctx, "wait", "--for=condition=Uploaded", "crec/lesson-notified", patience); err != nil {
		return err
	}
	if _, err := s.show(ctx, "get", "crec", "lesson-notified", "-o", "wide"); err != nil {
		return err
	}
	return s.expect(ctx, "lesson-notified", `{.status.conditions[?(@.type=="Uploaded")].reason}`, "NotifiedByAgora")
}

// transfer has Agora move a recording's files from its backup to the bucket.
func (s *stage) transfer(cname string) error {
	for _, recording := range s.agora.Recordings() {
		if recording.CName == cname {
			return s.agora.Transfer(recording.SID)
		}
	}
	return fmt.Errorf("there is no recording of channel %s", cname)
}

func wrongCredentials(ctx context.Context, s *stage) error {
	if _, err := s.show(ctx, "wait", "--for=condition=Stalled", "crec/lesson-wrong-credentials", patience); err != nil {
		return err
	}
	message, err := s.show(ctx, "get", "crec", "lesson-wrong-credentials",
		"-o", `jsonpath={.status.conditions[?(@.type=="Ready")].message}{"\n"}`)
	if err != nil {
		return err
	}
	if !strings.Contains(message, `Secret "agora-wrong"`) {
		return fmt.Errorf("the message does not name the Secret: %s", message)
	}
	return nil
}

func showAll(ctx context.Context, s *stage) error {
	_, err := s.show(ctx, "get", "cloudrecordings")
	return err
}

// expect compares a field of a recording.
func (s *stage) expect(ctx context.Context, name, field, want string) error {
	got, err := s.kubectl(ctx, "get", "crec", name, "-o", "jsonpath="+field)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%s of %s is %q, not %q", field, name, got, want)
	}
	return nil
}

// expectStopped checks at Agora that a recording was stopped, and once only.
func (s *stage) expectStopped(cname string) error {
	for _, recording := range s.agora.Recordings() {
		if recording.CName == cname && (recording.Running || recording.StopRequests != 1) {
			return fmt.Errorf("at Agora, %s got %d stops, and running is %t", cname, recording.StopRequests, recording.Running)
		}
	}
	return nil
}

// eventually waits until something holds.
func (s *stage) eventually(ctx context.Context, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if ok, err := holds(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}
