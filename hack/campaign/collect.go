// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// collect gathers the records when nothing happens any more.
func (e *environment) collect(ctx context.Context) (*records, error) {
	if err := e.awaitWatchLog(ctx); err != nil {
		return nil, err
	}
	r := &records{
		answers: e.agoraProxy.answers.all(), notifications: e.notificationProxy.notifications.all(), recordings: e.agora.Recordings(),
		unwritable: e.unwritable.all(), deadlines: e.deadlines.all(), outgrown: e.proxy.outgrown.all(),
		histories: e.watchLog.current(), troubles: e.troubles.all(),
		stalls: e.stalls.all(), accounts: accounts(), secrets: e.vault.secrets(),
	}
	if err := e.keepArrivals(r.answers); err != nil {
		return nil, err
	}
	for _, running := range e.fleet.records.all() {
		r.processes = append(r.processes, running.recorded())
		content, err := os.ReadFile(running.log)
		if err != nil {
			return nil, fmt.Errorf("read the operator's log: %w", err)
		}
		r.texts = append(r.texts, text{filepath.Base(running.log), content})
		r.releases = append(r.releases, releases(content)...)
	}
	objects, err := os.ReadFile(filepath.Join(e.folder, "objects.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("read the log of objects: %w", err)
	}
	r.texts = append(r.texts, text{"objects.jsonl", objects})
	return r, nil
}

// keepArrivals writes down when what was asked of Agora, and by whom, for people
// who look into a violation.
func (e *environment) keepArrivals(answers []answer) error {
	var lines bytes.Buffer
	for _, a := range answers {
		_, _ = fmt.Fprintf(&lines, "%s %s process %d, account %s, %s of %s: %d, whole %t\n", // a buffer never fails
			clock(a.arrived), clock(a.answered), a.process, a.account, a.method, a.sid, a.status, a.whole)
	}
	if err := os.WriteFile(filepath.Join(e.folder, "requests.log"), lines.Bytes(), 0o600); err != nil {
		return fmt.Errorf("keep the requests: %w", err)
	}
	return nil
}

// awaitWatchLog waits until the watches have shown what is there.
func (e *environment) awaitWatchLog(ctx context.Context) error {
	behind := 0
	var err error
	if !until(ctx, watchTimeout, userRetry, func() bool {
		behind, err = e.behind(ctx)
		err = errors.Join(err, e.watchLog.problem())
		return err != nil || behind == 0
	}) {
		return fmt.Errorf("the watch does not show the last version of %d objects", behind)
	}
	return err
}

const watchTimeout = 20 * time.Second

// behind counts the objects of which the watch has not shown the last version.
func (e *environment) behind(ctx context.Context) (int, error) {
	list := &v1alpha1.CloudRecordingList{}
	if err := e.Client.List(context.WithoutCancel(ctx), list); err != nil {
		return 0, fmt.Errorf("list the recordings: %w", err)
	}
	there := map[string]string{}
	for i := range list.Items {
		there[string(list.Items[i].UID)] = list.Items[i].ResourceVersion
	}
	behind := 0
	for _, h := range e.watchLog.current() {
		version, isThere := there[h.uid]
		if isThere != h.gone.IsZero() || isThere && version != h.last().ResourceVersion {
			behind++
		}
		delete(there, h.uid)
	}
	return behind + len(there), nil
}

// releases reads the last words about objects in a log.
func releases(content []byte) []release {
	var found []release
	lines := bufio.NewScanner(bytes.NewReader(content))
	const longestLine = 16 << 20
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		late := bytes.Contains(lines.Bytes(), []byte(`"Notifications came too late for an object that is gone"`))
		if !late && !bytes.Contains(lines.Bytes(), []byte(`"The object goes"`)) {
			continue
		}
		var line struct {
			Time      time.Time                     `json:"ts"`
			Message   string                        `json:"msg"`
			Namespace string                        `json:"namespace"`
			Name      string                        `json:"name"`
			Status    v1alpha1.CloudRecordingStatus `json:"status"`
			Files     []string                      `json:"files"`
		}
		// A line that a kill cut off is no last word.
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			continue
		}
		last := release{object: object{line.Namespace, line.Name}, at: line.Time, files: line.Files, late: late}
		last.files = append(last.files, namesIn(line.Status)...)
		found = append(found, last)
	}
	return found
}
