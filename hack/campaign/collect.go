// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/campaign/faults"
	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
)

// collect gathers the records when nothing happens any more.
func (r *running) collect(ctx context.Context) (err error) {
	seen := r.seen
	if seen.Histories, err = r.awaitWatchLog(ctx); err != nil {
		return err
	}
	r.Collect(seen)
	if err := r.keepArrivals(); err != nil {
		return err
	}
	logs := []string{filepath.Join(r.Folder, record.ObjectsFile)}
	for _, p := range seen.Processes {
		logs = append(logs, p.Log)
	}
	for _, path := range logs {
		content, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read a log: %w", err)
		}
		seen.Texts = append(seen.Texts, record.Text{Where: filepath.Base(path), Content: content})
		seen.Releases = append(seen.Releases, record.Releases(content)...)
	}
	return nil
}

// keepArrivals writes down when what was asked of Agora, and by whom, for people
// who look into a violation.
func (r *running) keepArrivals() error {
	var lines bytes.Buffer
	for _, a := range r.seen.Answers {
		_, _ = fmt.Fprintf(&lines, "%s %s process %d, account %s, %s of %s: %d, whole %t\n", // a buffer never fails
			record.Clock(a.Arrived), record.Clock(a.Answered), a.Process, a.Account, a.Method, a.SID, a.Status, a.Whole)
	}
	if err := os.WriteFile(filepath.Join(r.Folder, "requests.log"), lines.Bytes(), 0o600); err != nil {
		return fmt.Errorf("keep the requests: %w", err)
	}
	return nil
}

const watchTimeout = 20 * time.Second

// awaitWatchLog waits until the watches have shown what is there, and returns it.
func (r *running) awaitWatchLog(ctx context.Context) (histories []record.History, err error) {
	behind := 0
	if !faults.Until(ctx, watchTimeout, faults.UserRetry, func() bool {
		histories, err = r.WatchLog.Current()
		if err == nil {
			behind, err = r.behind(ctx, histories)
		}
		return err != nil || behind == 0
	}) {
		return nil, fmt.Errorf("the watch does not show the last version of %d objects", behind)
	}
	return histories, err
}

// behind counts the objects of which the watch has not shown the last version.
func (r *running) behind(ctx context.Context, histories []record.History) (int, error) {
	list := &v1alpha1.CloudRecordingList{}
	if err := r.Client.List(context.WithoutCancel(ctx), list); err != nil {
		return 0, fmt.Errorf("list the recordings: %w", err)
	}
	there := map[string]string{}
	for i := range list.Items {
		there[string(list.Items[i].UID)] = list.Items[i].ResourceVersion
	}
	behind := 0
	for _, h := range histories {
		version, isThere := there[h.UID]
		if isThere != h.Gone.IsZero() || isThere && version != h.Last().ResourceVersion {
			behind++
		}
		delete(there, h.UID)
	}
	return behind + len(there), nil
}

// figures counts what else there is to know.
func (r *running) figures(ctx context.Context) ([]figure, error) {
	held, err := r.heldLeases(ctx)
	if err != nil {
		return nil, err
	}
	ends, handOvers, refused, versions := map[record.Ending]int{}, 0, 0, 0
	for _, p := range r.seen.Processes {
		ends[p.End]++
	}
	for _, lease := range held {
		handOvers += int(ptr.Deref(lease.Spec.LeaseTransitions, 0))
	}
	for _, a := range r.Agora.Accounts() {
		refused += a.RateLimited
	}
	for _, h := range r.seen.Histories {
		versions += len(h.Versions)
	}
	isUnaccepted := func(n record.Notification) bool { return n.Status != http.StatusOK }
	isByRightClock := func(planned plan.Recording) bool { return planned.Options.ClockOffset.Duration == 0 }
	return []figure{
		{"objects", len(r.seen.Histories)},
		{"recordings whose notifications are by a clock that is off by " + plan.ClockOffset.String(), len(slices.DeleteFunc(r.plan.All(), isByRightClock))},
		{"versions of objects seen", versions},
		{"operators started", len(r.seen.Processes)},
		{"operators killed", ends[record.EndKilled]},
		{"operators that ended by themselves, without a lease or an API server", ends[record.EndByItself]},
		{"hand-overs of the leases", handOvers},
		{"requests of the operator to Agora", len(r.seen.Answers)},
		{"requests answered with 429, those of others included", refused},
		{"notifications sent", len(r.seen.Notifications)},
		{"notifications accepted", len(slices.DeleteFunc(slices.Clone(r.seen.Notifications), isUnaccepted))},
		{"ConfigMaps with notifications left in the end", r.seen.JournalLeft},
	}, nil
}
