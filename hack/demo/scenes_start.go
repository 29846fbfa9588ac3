// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"
)

// The recordings of two samples: one that is stopped, and one that is to go on.
const (
	lesson           = "lesson-hls"
	lessonThatGoesOn = "lesson-restarted"
)

func start(ctx context.Context, s *stage) error {
	if _, err := s.show(ctx, "create", "-f", samples+"/secrets.yaml"); err != nil {
		return err
	}
	if _, err := s.show(ctx, "apply", "-f", samples+"/start-mix-hls.yaml", "-f", samples+"/start-restart.yaml"); err != nil {
		return err
	}
	both := []string{"crec/" + lesson, "crec/" + lessonThatGoesOn, patience}
	if _, err := s.show(ctx, append([]string{"wait", "--for=jsonpath={.status.phase}=Starting"}, both...)...); err != nil {
		return err
	}
	if _, err := s.show(ctx, "get", "cloudrecordings"); err != nil {
		return err
	}
	if _, err := s.show(ctx, append([]string{"wait", "--for=condition=Ready"}, both...)...); err != nil {
		return err
	}
	if err := s.expect(ctx, lesson, "{.status.phase}", "Recording"); err != nil {
		return err
	}
	_, err := s.show(ctx, "get", "cloudrecordings", "-o", "wide")
	return err
}

func nameBucket(ctx context.Context, s *stage) error {
	if _, err := s.show(ctx, "create", "secret", "generic", "bucket-reader",
		"--from-literal=accessKey="+s.store.reader.AccessKey, "--from-literal=secretKey="+s.store.reader.SecretKey); err != nil {
		return err
	}
	_, err := s.show(ctx, "patch", "crec", lesson, lessonThatGoesOn, "--type=merge", "-p", fmt.Sprintf(
		`{"spec":{"storage":{"endpoint":%q,"readCredentialsSecretRef":{"name":"bucket-reader"}}}}`, s.store.server.Endpoint))
	return err
}

func stopStarted(ctx context.Context, s *stage) error {
	// Meanwhile, the channel of the other one is empty.
	for _, recording := range s.agora.Recordings() {
		if recording.CName == lessonThatGoesOn {
			if err := s.agora.IdleOut(recording.SID); err != nil {
				return err
			}
		}
	}
	if err := s.stopAndList(ctx, lesson, 1); err != nil {
		return err
	}
	return s.expect(ctx, lesson, `{.status.conditions[?(@.type=="Verified")].status}`, "True")
}

func showSessions(ctx context.Context, s *stage) error {
	name := "crec/" + lessonThatGoesOn
	if _, err := s.show(ctx, "wait", "--for=jsonpath={.status.sessions[0].uploadedReason}", name, patience); err != nil {
		return err
	}
	if _, err := s.show(ctx, "wait", "--for=condition=Ready", name, patience); err != nil {
		return err
	}
	if _, err := s.show(ctx, "get", "events", "--field-selector", "involvedObject.name="+lessonThatGoesOn+",reason=Restarting",
		"-o", "custom-columns=REASON:.reason,MESSAGE:.message"); err != nil {
		return err
	}
	sessions, err := s.show(ctx, "get", name, "-o",
		`jsonpath={range .status.sessions[*]}{.sid}{": "}{.stoppedReason}{", "}{.uploadedReason}{"\n"}{end}{.status.sid}{": "}{.status.phase}{"\n"}`)
	if err != nil {
		return err
	}
	if !strings.Contains(sessions, ": RecordingEnded, ") || !strings.HasSuffix(sessions, ": Recording\n") {
		return fmt.Errorf("there is not one session that ended and one that records:\n%s", sessions)
	}
	return s.expectSessions(lessonThatGoesOn, 2)
}

// expectSessions checks at Agora that so many recordings of a channel were started,
// and that one runs.
func (s *stage) expectSessions(cname string, want int) error {
	started, running := 0, 0
	for _, recording := range s.agora.Recordings() {
		if recording.CName != cname {
			continue
		}
		started++
		if recording.Running {
			running++
		}
	}
	if started != want || running != 1 {
		return fmt.Errorf("at Agora, %d recordings of %s were started and %d run, not %d and 1", started, cname, running, want)
	}
	return nil
}
