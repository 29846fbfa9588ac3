// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"cloudrecording.dev/operator/hack/agorasim"
)

// disturbAgora carries out what happens at Agora.
func (e *environment) disturbAgora(ctx context.Context, a action) error {
	switch a.deed {
	case doRestartAgora:
		e.agora.Restart(simulated(a.lasts).Duration)
		return nil
	case doUseAccount:
		e.useAccount(ctx, a)
		return nil
	case doBreakCalls:
		recording, _ := e.recordingOf(a.recording)
		id, err := e.agora.AddFault(a.callFault(recording))
		e.noteFault(callsPrefix+id, a.String())
		return err
	case doBreakNotifications:
		fault := a.notification
		fault.AppID, fault.CName = a.recording.options.AppID, a.recording.options.CName
		id, err := e.agora.AddNotificationFault(fault)
		e.noteFault(notificationsPrefix+id, a.String())
		return err
	case doLoseWorker:
		recording, _ := e.recordingOf(a.recording)
		if !recording.Running || !e.mayMove(recording.SID) {
			return nil
		}
		return e.agora.LoseWorker(recording.SID, a.lasts)
	case doEmpty, doFail, doExit:
		return e.end(a)
	case doEmptySessions:
		return e.emptySessions(ctx, a.recording)
	case doNotify:
		recording, ok := e.recordingOf(a.recording)
		if !ok {
			return nil
		}
		_, err := e.agora.SendNotification(recording.SID, a.eventType, nil)
		return err
	case doFlood:
		return e.flood(ctx, a)
	default:
		return fmt.Errorf("nobody can do this: %s", a)
	}
}

// Both kinds of the simulator's faults are numbered.
const (
	callsPrefix         = "call "
	notificationsPrefix = "notification "
)

// useAccount has others use an account.
func (e *environment) useAccount(ctx context.Context, a action) {
	ctx, cancel := context.WithTimeout(ctx, a.lasts)
	defer cancel()
	used := accountOf(a.of)
	ticker := time.NewTicker(time.Second / time.Duration(a.times))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		// The simulator counts it as it arrives; its answer is no matter.
		request := httptest.NewRequestWithContext(ctx, http.MethodGet,
			"/v1/apps/"+used.appID+"/cloud_recording/resourceid/others/sid/others/mode/mix/query", nil)
		request.SetBasicAuth(used.otherClients, e.vault.of(used.otherClients))
		serveQuietly(e.agora, request)
	}
}

// mayMove notes a move of a recorder, unless one has just been.
func (e *environment) mayMove(sid string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if last, ok := e.moves[sid]; ok && time.Since(last) < moveDistance {
		return false
	}
	e.moves[sid] = time.Now()
	return true
}

// end has a recording end at Agora by itself.
func (e *environment) end(a action) error {
	recording, ok := e.recordingOf(a.recording)
	switch {
	case !ok:
		return nil
	case a.deed == doExit:
		return e.agora.Exit(recording.SID)
	case a.deed == doFail:
		return e.agora.Fail(recording.SID)
	case recording.Mode == agorasim.ModeWeb:
		// Pages have no channel that is empty.
		return e.agora.IdleOut(recording.SID)
	default:
		return e.agora.LeaveChannel(recording.SID)
	}
}

const (
	// sessionLife is how long a further session records until its channel is empty.
	sessionLife = 2 * time.Second
	// furtherSessions are ended so: each one is started later after the one before.
	furtherSessions = 2
	// serviceAtWork is Agora's number for a recorder that records.
	serviceAtWork = 5
)

// emptySessions empties the channel in some sessions of a recording, one after the other.
func (e *environment) emptySessions(ctx context.Context, r recordingPlan) error {
	ended := map[string]bool{}
	for ctx.Err() == nil && len(ended) < furtherSessions {
		sleep(ctx, userRetry)
		recording, ok := e.runningOf(r)
		if !ok || ended[recording.SID] || recording.ServiceStatus < serviceAtWork {
			continue
		}
		sleep(ctx, sessionLife)
		if err := e.agora.IdleOut(recording.SID); err != nil {
			return err
		}
		ended[recording.SID] = true
	}
	return nil
}

// runningOf returns what runs at Agora of a planned recording, by whatever uid.
func (e *environment) runningOf(r recordingPlan) (agorasim.Recording, bool) {
	for _, uid := range []string{r.options.UID, r.alternateUID()} {
		recording, ok := e.agora.LatestRecording(r.options.AppID, r.options.CName, uid)
		if ok && recording.Running {
			return recording, true
		}
	}
	return agorasim.Recording{}, false
}

// longNameBytes is the length of what no user ID is, and of the names of hosts.
const longNameBytes = 3000

// flood has Agora send many notifications of a recording.
func (e *environment) flood(ctx context.Context, a action) error {
	recording, ok := e.recordingOf(a.recording)
	long := strings.Repeat("u", longNameBytes)
	for i := 0; ok && i < a.times && ctx.Err() == nil; i++ {
		for _, uid := range []string{fmt.Sprint(7_000_000 + i), fmt.Sprintf("%d%s", i, long)} {
			if _, err := e.agora.SendNotificationAs(recording.SID, agorasim.EventWebReload, uid, nil); err != nil {
				return err
			}
		}
		pushed := agorasim.Details{"rtmpUrl": fmt.Sprintf("rtmp://h%d-%s.example.com/live/stream", i, long), "status": "publishing"}
		if _, err := e.agora.SendNotification(recording.SID, agorasim.EventRTMPPublishStatus, pushed); err != nil {
			return err
		}
	}
	return nil
}
