// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"cloudrecording.dev/operator/hack/agorasim"
)

// do carries out what users do. Their wishes are carried out whatever the time: what
// disturbs ends with the context.
func (e *environment) do(ctx context.Context, a action) error {
	switch a.deed {
	case doCreate:
		return e.create(ctx, a.recording)
	case doPatch:
		return e.users.patch(ctx, a.recording, a.change)
	case doDelete:
		return e.users.delete(ctx, a.recording)
	case doDeleteNamespace:
		return e.users.deleteNamespace(ctx, a.of)
	case doOnceBegun:
		until(ctx, beginTimeout, userRetry, func() bool {
			_, begun := e.recordingOf(a.recording)
			return begun
		})
		sleep(ctx, a.after)
		return e.do(context.WithoutCancel(ctx), *a.then)
	case doInTime:
		return e.doInTime(ctx, a)
	case doMove:
		if e.users.isHeld(ctx, a.recording) {
			if err := e.users.patch(ctx, a.recording, a.change); err != nil {
				return err
			}
		}
		sleep(ctx, a.after)
		return e.do(ctx, *a.then)
	case doFill:
		return e.fill(ctx, a)
	case doRotateCustomer, doRotateReceiver:
		return e.rotate(ctx, a)
	case doBreakSecret:
		return e.breakSecret(ctx, a)
	default:
		return e.disturb(ctx, a)
	}
}

// beginTimeout is how long a user waits until a recording begins.
const beginTimeout = 4 * time.Minute

func (e *environment) create(ctx context.Context, r recordingPlan) error {
	made := r.newObject(e.storage())
	if r.outcome == outcomeManySessions {
		return e.users.createWithSessions(ctx, r, made)
	}
	if !r.starts {
		recording, err := e.agora.AddRecording(r.options)
		if err != nil {
			return fmt.Errorf("begin recording %s: %w", r.name(), err)
		}
		made.Spec.ResourceID, made.Spec.SID = recording.ResourceID, recording.SID
	}
	return e.users.create(ctx, made)
}

func (e *environment) doInTime(ctx context.Context, a action) error {
	recording, begun := e.recordingOf(a.recording)
	if err := e.do(ctx, *a.then); err != nil {
		return err
	}
	if begun {
		e.deadlines.add(deadline{
			object: a.recording.object(), sid: recording.SID, wanted: time.Now(), within: a.lasts, despite: a.despite,
		})
	}
	return nil
}

func (e *environment) fill(ctx context.Context, a action) error {
	begin := time.Now()
	if err := e.users.fill(ctx, a.recording); err != nil {
		return fmt.Errorf("fill %s: %w", a.recording.object(), err)
	}
	err := e.do(ctx, *a.then)
	sleep(ctx, a.lasts)
	err = errors.Join(err, e.users.patch(ctx, a.recording, `{"metadata":{"ownerReferences":null}}`))
	e.unwritable.add(ofObject{a.recording.object(), span{begin, time.Now().Add(troubleAfter)}})
	return err
}

func (e *environment) rotate(ctx context.Context, a action) error {
	if a.deed == doRotateReceiver {
		e.vault.renewReceiver(a.of)
		if err := e.setReceivers(); err != nil {
			return err
		}
	} else {
		e.vault.renewCustomer(a.of)
		e.agora.SetCredential(a.of, e.vault.of(a.of))
	}
	sleep(ctx, a.after)
	return e.mendSecrets(ctx, func(secret object) bool {
		p, isPlace := placeAt(secret)
		return isPlace && (p.customer == a.of || p.account == a.of)
	})
}

func (e *environment) breakSecret(ctx context.Context, a action) error {
	var err error
	if a.how == removed {
		err = e.users.removeSecret(ctx, a.secret)
	} else {
		damaged := e.vault.damaged(a.secret, a.how)
		err = e.users.putSecret(ctx, a.secret, func() map[string]string { return damaged })
	}
	if err != nil {
		return err
	}
	sleep(ctx, a.lasts)
	return e.mendSecrets(ctx, func(secret object) bool { return secret == a.secret })
}

// disturb carries out what disturbs the operators, and what is between them and others.
func (e *environment) disturb(ctx context.Context, a action) error {
	switch a.deed {
	case doBreakServer:
		if a.name == bucket {
			e.bucketProxy.add(a)
		} else {
			e.apiServer.add(a)
		}
	case doRestartAPI:
		return e.restartAPIServer(ctx, a.lasts)
	case doCutOff:
		begin := time.Now()
		restore := e.apiServer.cutOff()
		sleep(ctx, a.lasts)
		restore()
		e.apiServer.troubles.add(span{begin, time.Now().Add(troubleAfter)})
	case doRefuseStatus:
		begin := time.Now()
		accept := e.apiServer.refuse(a)
		sleep(ctx, a.lasts)
		accept()
		e.unwritable.add(ofObject{a.recording.object(), span{begin, time.Now().Add(troubleAfter)}})
	case doKill, doTerminate, doPause:
		return e.endOperators(ctx, a)
	case doKillAt:
		e.agoraProxy.setKills(func(kills []action) []action { return append(kills, a) })
	case doBreakEndpoints:
		broken := choose(a.of, e.fleet.replicas[a.replica].endpoints)
		err := each(broken, func(broken *endpoint) error { return broken.fail(a.how) })
		sleep(ctx, a.lasts)
		return errors.Join(err, each(broken, (*endpoint).recover))
	default:
		return e.disturbAgora(ctx, a)
	}
	return nil
}

func (e *environment) restartAPIServer(ctx context.Context, down time.Duration) error {
	// Two restarts at once would be one.
	e.restarting.Lock()
	defer e.restarting.Unlock()
	if ctx.Err() != nil {
		return nil
	}
	begin := time.Now()
	defer func() { e.apiServer.troubles.add(span{begin, time.Now()}) }()
	if err := e.ControlPlane.StopAPIServer(); err != nil {
		return err
	}
	sleep(ctx, down)
	// Whatever happens to the campaign, the end needs it.
	return e.ControlPlane.StartAPIServer(context.WithoutCancel(ctx))
}

func (e *environment) endOperators(ctx context.Context, a action) error {
	for _, r := range e.fleet.chosen(a.how, e.agoraProxy.answers.all()) {
		switch a.deed {
		case doPause:
			return r.freeze(ctx, a.lasts)
		case doTerminate:
			r.terminate()
		default:
			r.kill(a.lasts)
		}
	}
	return nil
}

// disturbAgora carries out what happens at Agora.
func (e *environment) disturbAgora(ctx context.Context, a action) error {
	recording, begun := e.recordingOf(a.recording)
	switch a.deed {
	case doRestartAgora:
		e.agora.Restart(simulated(a.lasts).Duration)
		return nil
	case doUseAccount:
		e.useAccount(ctx, a)
		return nil
	case doBreakCalls:
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
		if !recording.Running || !e.mayMove(recording.SID) {
			return nil
		}
		return e.agora.LoseWorker(recording.SID, a.lasts)
	case doEmpty, doFail, doExit:
		return e.endRecording(a.deed, recording)
	case doEmptySessions:
		return e.emptySessions(ctx, a.recording)
	case doNotify:
		if !begun {
			return nil
		}
		_, err := e.agora.SendNotification(recording.SID, a.eventType, nil)
		return err
	case doFlood:
		return e.flood(ctx, recording, a.times)
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

// endRecording has a recording end at Agora by itself.
func (e *environment) endRecording(how deed, recording agorasim.Recording) error {
	switch {
	case recording.SID == "":
		return nil
	case how == doExit:
		return e.agora.Exit(recording.SID)
	case how == doFail:
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
func (e *environment) flood(ctx context.Context, recording agorasim.Recording, times int) error {
	long := strings.Repeat("u", longNameBytes)
	for i := 0; recording.SID != "" && i < times && ctx.Err() == nil; i++ {
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
