// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"
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
