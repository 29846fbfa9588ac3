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
)

// collect gathers the records when nothing happens any more.
func (r *running) collect(ctx context.Context) (err error) {
	seen := r.seen
	if seen.histories, err = r.awaitWatchLog(ctx); err != nil {
		return err
	}
	seen.answers, seen.notifications, seen.recordings = r.agoraProxy.answers.all(), r.notifications.notifications.all(), r.agora.Recordings()
	seen.unwritable, seen.deadlines, seen.outgrown = r.unwritable.all(), r.deadlines.all(), r.apiServer.outgrown.all()
	seen.troubles, seen.stalls = r.apiServer.troubles.all(), r.stalls.all()
	seen.accounts, seen.secrets = accounts(), r.vault.secrets()
	if err := r.keepArrivals(); err != nil {
		return err
	}
	logs := []string{filepath.Join(r.folder, objectsFile)}
	seen.processes = r.fleet.processes()
	for _, p := range seen.processes {
		logs = append(logs, p.log)
	}
	for _, path := range logs {
		content, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read a log: %w", err)
		}
		seen.texts = append(seen.texts, text{filepath.Base(path), content})
		seen.releases = append(seen.releases, releases(content)...)
	}
	return nil
}

// keepArrivals writes down when what was asked of Agora, and by whom, for people
// who look into a violation.
func (r *running) keepArrivals() error {
	var lines bytes.Buffer
	for _, a := range r.seen.answers {
		_, _ = fmt.Fprintf(&lines, "%s %s process %d, account %s, %s of %s: %d, whole %t\n", // a buffer never fails
			clock(a.arrived), clock(a.answered), a.process, a.account, a.method, a.sid, a.status, a.whole)
	}
	if err := os.WriteFile(filepath.Join(r.folder, "requests.log"), lines.Bytes(), 0o600); err != nil {
		return fmt.Errorf("keep the requests: %w", err)
	}
	return nil
}

const watchTimeout = 20 * time.Second

// awaitWatchLog waits until the watches have shown what is there, and returns it.
func (r *running) awaitWatchLog(ctx context.Context) (histories []history, err error) {
	behind := 0
	if !until(ctx, watchTimeout, userRetry, func() bool {
		histories, err = r.watchLog.current()
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
func (r *running) behind(ctx context.Context, histories []history) (int, error) {
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
		version, isThere := there[h.uid]
		if isThere != h.gone.IsZero() || isThere && version != h.last().ResourceVersion {
			behind++
		}
		delete(there, h.uid)
	}
	return behind + len(there), nil
}

// figures counts what else there is to know.
func (r *running) figures(ctx context.Context) ([]figure, error) {
	held, err := r.heldLeases(ctx)
	if err != nil {
		return nil, err
	}
	ends, handOvers, refused, versions := map[ending]int{}, 0, 0, 0
	for _, p := range r.seen.processes {
		ends[p.end]++
	}
	for _, lease := range held {
		handOvers += int(ptr.Deref(lease.Spec.LeaseTransitions, 0))
	}
	for _, a := range r.agora.Accounts() {
		refused += a.RateLimited
	}
	for _, h := range r.seen.histories {
		versions += len(h.versions)
	}
	isUnaccepted := func(n notification) bool { return n.status != http.StatusOK }
	isByRightClock := func(planned recordingPlan) bool { return planned.options.ClockOffset.Duration == 0 }
	return []figure{
		{"objects", len(r.seen.histories)},
		{"recordings whose notifications are by a clock that is off by " + clockOffset.String(), len(slices.DeleteFunc(r.plan.all(), isByRightClock))},
		{"versions of objects seen", versions},
		{"operators started", len(r.seen.processes)},
		{"operators killed", ends[endKilled]},
		{"operators that ended by themselves, without a lease or an API server", ends[endByItself]},
		{"hand-overs of the leases", handOvers},
		{"requests of the operator to Agora", len(r.seen.answers)},
		{"requests answered with 429, those of others included", refused},
		{"notifications sent", len(r.seen.notifications)},
		{"notifications accepted", len(slices.DeleteFunc(slices.Clone(r.seen.notifications), isUnaccepted))},
		{"ConfigMaps with notifications left in the end", r.seen.journalLeft},
	}, nil
}
