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
	switch a := a.(type) {
	case restartAgora:
		e.agora.Restart(simulated(a.lasts).Duration)
		return nil
	case otherClients:
		e.useAccount(ctx, a)
		return nil
	case callFault:
		recording, _ := e.recordingOf(a.recording)
		id, err := e.agora.AddFault(a.fault(recording))
		e.noteFault(callsPrefix+id, a.kind())
		return err
	case notificationFault:
		fault := a.fault
		fault.AppID, fault.CName = a.recording.options.AppID, a.recording.options.CName
		id, err := e.agora.AddNotificationFault(fault)
		e.noteFault(notificationsPrefix+id, a.kind())
		return err
	case loseWorker:
		recording, _ := e.recordingOf(a.recording)
		if !recording.Running || !e.mayMove(recording.SID) {
			return nil
		}
		return e.agora.LoseWorker(recording.SID, a.lasts)
	case endRecording:
		return e.end(ctx, a)
	case sendNotification:
		recording, ok := e.recordingOf(a.recording)
		if !ok {
			return nil
		}
		_, err := e.agora.SendNotification(recording.SID, a.eventType, nil)
		return err
	case floodObject:
		return e.flood(ctx, a)
	default:
		return fmt.Errorf("nobody can do a %T", a)
	}
}

// Both kinds of the simulator's faults are numbered.
const (
	callsPrefix         = "call "
	notificationsPrefix = "notification "
)

// useAccount has others use an account.
func (e *environment) useAccount(ctx context.Context, a otherClients) {
	ctx, cancel := context.WithTimeout(ctx, a.lasts)
	defer cancel()
	used := accountOf(a.account)
	ticker := time.NewTicker(time.Second / time.Duration(a.perSecond))
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
func (e *environment) end(ctx context.Context, a endRecording) error {
	if a.how == endSessions {
		return e.endSessions(ctx, a.recording)
	}
	recording, ok := e.recordingOf(a.recording)
	switch {
	case !ok:
		return nil
	case a.how == endExited:
		return e.agora.Exit(recording.SID)
	case a.how == endFailed:
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

// endSessions empties the channel in some sessions of a recording, one after the other.
func (e *environment) endSessions(ctx context.Context, r recordingPlan) error {
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
func (e *environment) flood(ctx context.Context, a floodObject) error {
	recording, ok := e.recordingOf(a.recording)
	long := strings.Repeat("u", longNameBytes)
	for i := 0; ok && i < a.each && ctx.Err() == nil; i++ {
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
