// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/campaign/record"
)

// Do carries out an action. A user's action is carried out even after the context has ended. A
// disturbance ends with the context.
func (e *Environment) Do(ctx context.Context, a plan.Action) error {
	switch a.Kind {
	case plan.DoCreate:
		return e.create(ctx, a.Recording)
	case plan.DoPatch:
		return e.users.patch(ctx, a.Recording, a.Change)
	case plan.DoDelete:
		return e.users.delete(ctx, a.Recording)
	case plan.DoChangeProfile:
		return e.changeProfile(ctx, a)
	case plan.DoPatchSchedule:
		return e.users.change(ctx, a.Recording.ScheduleReference(), a.Change)
	case plan.DoDeleteNamespace:
		return e.users.deleteNamespace(ctx, a.Of)
	case plan.DoInTime:
		return e.doInTime(ctx, a)
	case plan.DoFill:
		return e.fill(ctx, a)
	case plan.DoRotateCustomer, plan.DoRotateReceiver:
		return e.rotate(ctx, a)
	case plan.DoBreakSecret:
		return e.breakSecret(ctx, a)
	default:
		return e.doLater(ctx, a)
	}
}

// doLater waits for something before it carries out another action.
func (e *Environment) doLater(ctx context.Context, a plan.Action) error {
	switch a.Kind {
	case plan.DoOnceBegun:
		Until(ctx, e.beginTimeout(), UserRetry, func() bool {
			_, begun := e.RecordingOf(a.Recording)
			return begun
		})
		Sleep(ctx, a.After)
		return e.Do(context.WithoutCancel(ctx), *a.Then)
	case plan.DoOnceMade:
		Until(ctx, OperatorTimeout, UserRetry, func() bool { return e.hasMade(ctx, a.Recording) })
		return e.Do(context.WithoutCancel(ctx), *a.Then)
	case plan.DoAroundOccurrence:
		// Occurrences begin at full minutes.
		next := time.Now().Truncate(time.Minute).Add(time.Minute)
		Sleep(ctx, time.Until(next)-plan.LongestAround+a.After)
		return e.Do(ctx, *a.Then)
	case plan.DoMove:
		if e.users.isHeld(ctx, a.Recording) {
			if err := e.users.patch(ctx, a.Recording, a.Change); err != nil {
				return err
			}
		}
		Sleep(ctx, a.After)
		return e.Do(ctx, *a.Then)
	default:
		return e.disturb(ctx, a)
	}
}

// A user waits for a recording to begin for as long as the disturbances last, within these
// bounds.
const (
	shortestBeginTimeout = 20 * time.Second
	longestBeginTimeout  = 4 * time.Minute
)

func (e *Environment) beginTimeout() time.Duration {
	return min(max(e.Lasts, shortestBeginTimeout), longestBeginTimeout)
}

// hasMade reports whether an occurrence of a schedule exists.
func (e *Environment) hasMade(ctx context.Context, r plan.Recording) bool {
	schedule, list := r.ScheduleReference(), &v1alpha1.CloudRecordingList{}
	err := e.Client.List(ctx, list, client.InNamespace(schedule.Namespace), client.MatchingLabels{plan.ScheduleLabel: schedule.Name})
	return err == nil && len(list.Items) > 0
}

func (e *Environment) create(ctx context.Context, r plan.Recording) error {
	if r.Outcome == plan.OutcomeScheduled {
		return e.users.create(ctx, r.Schedule(e.storage()))
	}
	made := r.NewObject(e.storage())
	var atAgora agorasim.Recording
	if !r.Starts || r.Outcome.IsAged() {
		var err error
		if atAgora, err = e.Agora.AddRecording(r.Options); err != nil {
			return fmt.Errorf("begin recording %s: %w", r.Name(), err)
		}
	}
	if status, isWritten := r.WrittenStatus(atAgora, time.Now()); isWritten {
		return e.users.createWithStatus(ctx, r, made, status)
	}
	made.Spec.ResourceID, made.Spec.SID = atAgora.ResourceID, atAgora.SID
	r.SetWindow(made, time.Now())
	if r.Profiled {
		if err := e.users.create(ctx, r.TakeProfile(made)); err != nil {
			return fmt.Errorf("create the profile of %s: %w", r.Name(), err)
		}
	}
	return e.users.create(ctx, made)
}

func (e *Environment) changeProfile(ctx context.Context, a plan.Action) error {
	if a.How == plan.ProfileMended {
		return e.users.putProfile(ctx, a.Recording.Profile(e.storage()))
	}
	return e.users.changeProfile(ctx, a)
}

func (e *Environment) doInTime(ctx context.Context, a plan.Action) error {
	recording, begun := e.RecordingOf(a.Recording)
	if err := e.Do(ctx, *a.Then); err != nil {
		return err
	}
	if begun {
		e.deadlines.Add(record.Deadline{
			Object: a.Recording.Object(), SID: recording.SID, Wanted: time.Now(), Within: a.Lasts, Despite: a.Despite,
		})
	}
	return nil
}

func (e *Environment) fill(ctx context.Context, a plan.Action) error {
	begin := time.Now()
	if err := e.users.fill(ctx, a.Recording); err != nil {
		return fmt.Errorf("fill %s: %w", a.Recording.Object(), err)
	}
	err := e.Do(ctx, *a.Then)
	Sleep(ctx, a.Lasts)
	err = errors.Join(err, e.users.patch(ctx, a.Recording, `{"metadata":{"ownerReferences":null}}`))
	e.unwritable.Add(record.OfObject{Object: a.Recording.Object(), Span: record.Span{Begin: begin, End: time.Now().Add(troubleAfter)}})
	return err
}

func (e *Environment) rotate(ctx context.Context, a plan.Action) error {
	if a.Kind == plan.DoRotateReceiver {
		e.vault.renewReceiver(a.Of)
		if err := e.setReceivers(); err != nil {
			return err
		}
	} else {
		e.vault.renewCustomer(a.Of)
		e.Agora.SetCredential(a.Of, e.vault.of(a.Of))
	}
	Sleep(ctx, a.After)
	return e.mendSecrets(ctx, func(secret plan.Object) bool {
		p, isPlace := plan.PlaceAt(secret)
		return isPlace && (p.Customer == a.Of || p.Account == a.Of)
	})
}

func (e *Environment) breakSecret(ctx context.Context, a plan.Action) error {
	var err error
	if a.How == plan.Removed {
		err = e.users.removeSecret(ctx, a.Secret)
	} else {
		damaged := e.vault.damaged(a.Secret, a.How)
		err = e.users.putSecret(ctx, a.Secret, func() map[string]string { return damaged })
	}
	if err != nil {
		return err
	}
	Sleep(ctx, a.Lasts)
	return e.mendSecrets(ctx, func(secret plan.Object) bool { return secret == a.Secret })
}

// disturb carries out the disturbances of the operators, and of their connections to others.
func (e *Environment) disturb(ctx context.Context, a plan.Action) error {
	switch a.Kind {
	case plan.DoBreakAPI:
		e.apiServer.add(a)
	case plan.DoBreakBucket:
		e.bucketProxy.add(a)
	case plan.DoRestartAPI:
		return e.restartAPIServer(ctx, a.Lasts)
	case plan.DoCutOff:
		begin := time.Now()
		for _, r := range e.Fleet.chosen(a.How, e.agoraProxy.answers.All()) {
			defer e.apiServer.cutOff(r.apiClient)()
		}
		Sleep(ctx, a.Lasts)
		e.apiServer.troubles.Add(record.Span{Begin: begin, End: time.Now().Add(troubleAfter)})
	case plan.DoRefuseStatus:
		begin := time.Now()
		accept := e.apiServer.refuse(a)
		Sleep(ctx, a.Lasts)
		accept()
		e.unwritable.Add(record.OfObject{Object: a.Recording.Object(), Span: record.Span{Begin: begin, End: time.Now().Add(troubleAfter)}})
	case plan.DoKill, plan.DoTerminate, plan.DoPause:
		for _, r := range e.Fleet.chosen(a.How, e.agoraProxy.answers.All()) {
			if err := r.strike(ctx, a); err != nil {
				return err
			}
		}
	case plan.DoKillAt:
		e.agoraProxy.setKills(func(kills []plan.Action) []plan.Action { return append(kills, a) })
	case plan.DoBreakEndpoints:
		broken := choose(a.Of, e.Fleet.replicas[a.Replica].endpoints)
		err := each(broken, func(broken *endpoint) error { return broken.fail(a.How) })
		Sleep(ctx, a.Lasts)
		return errors.Join(err, each(broken, (*endpoint).recover))
	default:
		return e.disturbAgora(ctx, a)
	}
	return nil
}

func (e *Environment) restartAPIServer(ctx context.Context, down time.Duration) error {
	// Two concurrent restarts would be one.
	e.restarting.Lock()
	defer e.restarting.Unlock()
	if ctx.Err() != nil {
		return nil
	}
	begin := time.Now()
	defer func() { e.apiServer.troubles.Add(record.Span{Begin: begin, End: time.Now()}) }()
	if err := e.ControlPlane.StopAPIServer(); err != nil {
		return err
	}
	Sleep(ctx, down)
	// The end of the campaign needs the API server in any case.
	return e.ControlPlane.StartAPIServer(context.WithoutCancel(ctx))
}

// disturbAgora carries out the disturbances at Agora.
func (e *Environment) disturbAgora(ctx context.Context, a plan.Action) error {
	recording, begun := e.RecordingOf(a.Recording)
	switch a.Kind {
	case plan.DoRestartAgora:
		e.Agora.Restart(plan.Simulated(a.Lasts).Duration)
		return nil
	case plan.DoUseAccount:
		e.useAccount(ctx, a)
		return nil
	case plan.DoBreakCalls:
		id, err := e.Agora.AddFault(a.CallFault(recording))
		e.noteFault(callsPrefix+id, a.String())
		return err
	case plan.DoBreakNotifications:
		fault := a.Notification
		fault.AppID, fault.CName = a.Recording.Options.AppID, a.Recording.Options.CName
		id, err := e.Agora.AddNotificationFault(fault)
		e.noteFault(notificationsPrefix+id, a.String())
		return err
	case plan.DoLoseWorker:
		if !recording.Running || !e.mayMove(recording.SID) {
			return nil
		}
		return e.Agora.LoseWorker(recording.SID, a.Lasts)
	case plan.DoEmpty, plan.DoExpireToken, plan.DoFail, plan.DoExit:
		return e.endRecording(a.Kind, recording)
	case plan.DoEmptySessions:
		return e.emptySessions(ctx, a.Recording)
	case plan.DoNotify:
		if !begun {
			return nil
		}
		_, err := e.Agora.SendNotification(recording.SID, a.EventType, nil)
		return err
	case plan.DoFlood:
		return e.flood(ctx, recording, a.Times)
	default:
		return fmt.Errorf("nobody can do this: %s", a)
	}
}

// The simulator numbers both kinds of faults separately.
const (
	callsPrefix         = "call "
	notificationsPrefix = "notification "
)

// useAccount sends requests of other clients of an account.
func (e *Environment) useAccount(ctx context.Context, a plan.Action) {
	ctx, cancel := context.WithTimeout(ctx, a.Lasts)
	defer cancel()
	used := plan.AccountOf(a.Of)
	ticker := time.NewTicker(time.Second / time.Duration(a.Times))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		// The simulator counts the request on arrival, and the answer does not matter.
		request := httptest.NewRequestWithContext(ctx, http.MethodGet,
			"/v1/apps/"+used.AppID+"/cloud_recording/resourceid/others/sid/others/mode/mix/query", nil)
		request.SetBasicAuth(used.OtherClients, e.vault.of(used.OtherClients))
		serveQuietly(e.Agora, request)
	}
}

// mayMove reports whether a recorder may be moved now, and records the move. It refuses a move
// soon after the previous one.
func (e *Environment) mayMove(sid string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if last, ok := e.moves[sid]; ok && time.Since(last) < plan.MoveDistance {
		return false
	}
	e.moves[sid] = time.Now()
	return true
}

// endRecording makes a recording end by itself at Agora.
func (e *Environment) endRecording(how plan.ActionKind, recording agorasim.Recording) error {
	switch {
	case recording.SID == "":
		return nil
	case how == plan.DoExpireToken:
		return e.Agora.ExpireToken(recording.SID)
	case how == plan.DoExit:
		return e.Agora.Exit(recording.SID)
	case how == plan.DoFail:
		return e.Agora.Fail(recording.SID)
	case recording.Mode == recorder.ModeWeb:
		// Web page recordings have no channel that could become empty.
		return e.Agora.IdleOut(recording.SID)
	default:
		return e.Agora.LeaveChannel(recording.SID)
	}
}

const (
	// sessionLife is how long a further session records before its channel becomes empty.
	sessionLife = 2 * time.Second
	// furtherSessions is the number of sessions that end this way. The delay before the next
	// session grows with each.
	furtherSessions = 2
	// serviceAtWork is Agora's number for a recorder that records.
	serviceAtWork = 5
)

// emptySessions empties the channel in some sessions of a recording, one after another.
func (e *Environment) emptySessions(ctx context.Context, r plan.Recording) error {
	ended := map[string]bool{}
	for ctx.Err() == nil && len(ended) < furtherSessions {
		Sleep(ctx, UserRetry)
		recording, ok := e.runningOf(r)
		if !ok || ended[recording.SID] || recording.ServiceStatus < serviceAtWork {
			continue
		}
		Sleep(ctx, sessionLife)
		if err := e.Agora.IdleOut(recording.SID); err != nil {
			return err
		}
		ended[recording.SID] = true
	}
	return nil
}

// runningOf returns the running recording at Agora for a planned one, whatever its uid.
func (e *Environment) runningOf(r plan.Recording) (agorasim.Recording, bool) {
	for _, uid := range r.UIDs() {
		recording, ok := e.Agora.LatestRecording(r.Options.AppID, r.Options.CName, uid)
		if ok && recording.Running {
			return recording, true
		}
	}
	return agorasim.Recording{}, false
}

// longNameBytes is the length of invalid user IDs and of host names.
const longNameBytes = 3000

// flood makes Agora send many notifications of a recording.
func (e *Environment) flood(ctx context.Context, recording agorasim.Recording, times int) error {
	long := strings.Repeat("u", longNameBytes)
	for i := 0; recording.SID != "" && i < times && ctx.Err() == nil; i++ {
		for _, uid := range []string{fmt.Sprint(7_000_000 + i), fmt.Sprintf("%d%s", i, long)} {
			if _, err := e.Agora.SendNotificationAs(recording.SID, notify.EventWebReload, uid, nil); err != nil {
				return err
			}
		}
		pushed := notify.Details{"rtmpUrl": fmt.Sprintf("rtmp://h%d-%s.example.com/live/stream", i, long), "status": "publishing"}
		if _, err := e.Agora.SendNotification(recording.SID, notify.EventRTMPPublishStatus, pushed); err != nil {
			return err
		}
	}
	return nil
}
