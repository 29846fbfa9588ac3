// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/testenv"
)

const (
	timeout     = "--timeout=60s"
	wantStopped = `{"spec":{"state":"Stopped"}}`
)

// step is a step of a scene.
type step func(ctx context.Context, d *demo) error

// check checks the output of kubectl.
type check func(output string) error

// show runs kubectl and shows the command and its output.
func show(arguments ...string) step {
	return showChecked(func(string) error { return nil }, arguments...)
}

// showChecked is show with a check of the output.
func showChecked(check check, arguments ...string) step {
	return func(ctx context.Context, d *demo) error {
		fmt.Printf("\n$ kubectl %s\n", quoted(arguments))
		output, err := d.kubectl(ctx, arguments...)
		fmt.Print(output)
		if err != nil {
			return err
		}
		return check(output)
	}
}

// quietly runs kubectl without showing it.
func quietly(arguments ...string) step {
	return func(ctx context.Context, d *demo) error {
		_, err := d.kubectl(ctx, arguments...)
		return err
	}
}

// waitFor shows kubectl waiting for a condition of recordings.
func waitFor(what string, names ...string) step {
	arguments := []string{"wait", "--for=" + what}
	for _, name := range names {
		arguments = append(arguments, "crec/"+name)
	}
	return show(append(arguments, timeout)...)
}

// patch patches recordings.
func patch(change string, names ...string) step {
	return show(append(append([]string{"patch", "crec"}, names...), "--type=merge", "-p", change)...)
}

// withBucket returns a step that depends on the bucket.
func withBucket(named func(*testenv.Bucket) step) step {
	return func(ctx context.Context, d *demo) error { return named(d.environment.Bucket)(ctx, d) }
}

// matches returns a check for a pattern.
func matches(pattern string) check {
	return func(output string) error {
		if !regexp.MustCompile(pattern).MatchString(output) {
			return fmt.Errorf("this does not match %s:\n%s", pattern, output)
		}
		return nil
	}
}

// countIndexes returns a check for the number of index files.
func countIndexes(want int) check {
	return func(output string) error {
		if count := strings.Count(output, ".m3u8\n"); count != want {
			return fmt.Errorf("%d indexes are in the status, not %d", count, want)
		}
		return nil
	}
}

// expect compares a field of a recording.
func expect(name, field, want string) step {
	return func(ctx context.Context, d *demo) error {
		got, err := d.kubectl(ctx, "get", "crec", name, "-o", "jsonpath="+field)
		if err == nil && got != want {
			err = fmt.Errorf("%s of %s is %q, not %q", field, name, got, want)
		}
		return err
	}
}

// untilSaid waits until the output of kubectl contains a text.
func untilSaid(text string, arguments ...string) step {
	return func(ctx context.Context, d *demo) error {
		err := wait.PollUntilContextTimeout(ctx, 200*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
			output, err := d.kubectl(ctx, arguments...)
			return strings.Contains(output, text), err
		})
		if err != nil {
			return fmt.Errorf("wait until kubectl says %q: %w", text, err)
		}
		return nil
	}
}

// atAgora makes something happen to the first recording of a channel.
func atAgora(cname string, do func(agora *testenv.Agora, sid string) error) step {
	return func(_ context.Context, d *demo) error {
		recordings := d.recordingsOf(cname)
		if len(recordings) == 0 {
			return fmt.Errorf("there is no recording of channel %s", cname)
		}
		return do(d.agora, recordings[0].SID)
	}
}

// expectStopped checks at Agora that a recording was stopped exactly once.
func expectStopped(cname string) step {
	return func(_ context.Context, d *demo) error {
		for _, recording := range d.recordingsOf(cname) {
			if recording.Running || recording.StopRequests != 1 {
				return fmt.Errorf("at Agora, %s got %d stops, and running is %t", cname, recording.StopRequests, recording.Running)
			}
		}
		return nil
	}
}

// expectSessions checks at Agora how many recordings of a channel were started, and that one of
// them runs.
func expectSessions(cname string, want int) step {
	return func(_ context.Context, d *demo) error {
		running := 0
		started := d.recordingsOf(cname)
		for _, recording := range started {
			if recording.Running {
				running++
			}
		}
		if len(started) != want || running != 1 {
			return fmt.Errorf("at Agora, %d recordings of %s were started and %d run, not %d and 1", len(started), cname, running, want)
		}
		return nil
	}
}

// recordingsOf returns the recordings of a channel at Agora.
func (d *demo) recordingsOf(cname string) (found []agorasim.Recording) {
	for _, recording := range d.agora.Recordings() {
		if recording.CName == cname {
			found = append(found, recording)
		}
	}
	return found
}

func (d *demo) kubectl(ctx context.Context, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, d.environment.ControlPlane.Kubectl, arguments...)
	command.Env = append(os.Environ(), "KUBECONFIG="+d.environment.ControlPlane.Kubeconfig)
	output, err := command.CombinedOutput()
	if err != nil {
		return string(output), fmt.Errorf("kubectl %s: %w", quoted(arguments), err)
	}
	return string(output), nil
}

// quoted formats arguments for a shell.
func quoted(arguments []string) string {
	var typed []string
	for _, argument := range arguments {
		if strings.ContainsAny(argument, ` "'{}$*[]()<>|&;`) {
			argument = "'" + argument + "'"
		}
		typed = append(typed, argument)
	}
	return strings.Join(typed, " ")
}
