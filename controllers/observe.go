// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/capacity"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/decision"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/secrets"
	"cloudrecording.dev/operator/controllers/internal/tasks"
	"cloudrecording.dev/operator/controllers/internal/usererror"
	"cloudrecording.dev/operator/controllers/places"
	"cloudrecording.dev/operator/controllers/profiles"
	"cloudrecording.dev/operator/controllers/protection"
	"cloudrecording.dev/operator/controllers/storage"
)

// observer collects the facts that decisions are based on.
type observer struct {
	client     client.Client
	storage    Storage
	profiles   *profiles.Resolver
	inbox      Inbox
	clock      clock.PassiveClock
	leads      func(takes time.Duration) bool
	leadership *leadership
	caller     *caller
	releases   *protection.Releases
	places     *capacity.Pools

	calls              *tasks.Runner[agora.Answer]
	verifications      *tasks.Runner[decision.Verification]
	credentials        *secrets.Store[secrets.Credentials]
	storageCredentials *secrets.Store[secrets.StorageCredentials]
	startSecrets       *secrets.Store[secrets.StartSecret]
}

// observe collects the facts for a decision. It returns an error only if the API server fails.
func (o *observer) observe(
	ctx context.Context, recording *v1alpha1.CloudRecording, known tracked,
) (decision.Observation, keys, error) {
	observed := decision.Observation{
		LeadingSince: o.leadership.since(),
		Memory:       known.memory,
	}
	if !o.leads(0) {
		// Another leader may repeat a start without a write before it.
		observed.Memory.StartsKnown = false
	}
	if lifecycle.WantsStop(recording) && lifecycle.AwaitsStart(recording) {
		// Calls that would start the recording are no longer wanted.
		o.calls.Withdraw(recording.UID)
	}
	o.observeTasks(recording, &observed)
	observed.Events = o.inbox.Pending(recording.UID)
	// The time is taken after the answer, so that no answer lies in the future.
	observed.Now = o.clock.Now()

	keys := keys{}
	profile, err := o.profiles.Resolve(ctx, recording)
	if observed.Profile = profile; err != nil || profile.Missing || profile.Incomplete != "" {
		// Without the profile, neither the Secrets nor the requests are known.
		return observed, keys, err
	}
	if err := o.observeCredentials(ctx, recording, &observed, &keys); err != nil {
		return decision.Observation{}, keys, err
	}
	if err := o.observeStart(ctx, recording, &observed, &keys); err != nil {
		return decision.Observation{}, keys, err
	}
	if observed.NeedsPlace(recording) {
		observed.Place = o.places.Take(places.Key(recording, keys.agora), places.Request(recording))
	}
	if err := o.observeUpdates(ctx, recording, &observed, &keys); err != nil {
		return decision.Observation{}, keys, err
	}
	if err := o.observeStorage(ctx, recording, &observed, &keys); err != nil {
		return decision.Observation{}, keys, err
	}
	return observed, keys, nil
}

// observeShard notes the shard whose operator looks after the recording: this operator's own,
// unless it only records the last news of a recording that another one has taken over.
func (r *CloudRecordingReconciler) observeShard(recording *v1alpha1.CloudRecording, ours bool, observed *decision.Observation) {
	observed.Departed = r.departures.Has(client.ObjectKeyFromObject(recording))
	observed.ByLabels = r.Shard.SelectsByLabels()
	observed.Shard = recording.Status.Shard
	if ours && !r.ending.Load() {
		observed.Shard = r.Shard.Name()
	}
}

// observeTasks collects the call and the verification that run in the background for a
// recording, and their results.
func (o *observer) observeTasks(recording *v1alpha1.CloudRecording, observed *decision.Observation) {
	var call *tasks.Running[agora.Answer]
	call, observed.Answer = o.calls.Observe(recording.UID)
	switch {
	case call == nil:
	case observed.Answer == nil:
		observed.InFlight = &decision.InFlight{Method: agora.Method(call.What), Since: call.Since, Session: call.Session}
	default:
		observed.AskedAt, observed.AnswerSession = call.Since, call.Session
		observed.AnswerResource = call.Resource
	}
	var looking *tasks.Running[decision.Verification]
	looking, observed.Verification = o.verifications.Observe(recording.UID)
	observed.Verifying = looking != nil && observed.Verification == nil
	if looking != nil {
		observed.VerificationSession = looking.Session
	}
}

// keys hold the secrets that a recording's requests need. They are not part of the
// observation, since no decision depends on their values.
type keys struct {
	agora   secrets.Credentials
	storage secrets.StorageCredentials
	start   startRequests

	// updates are the parameters that an update can send.
	updates clientrequest.Parameters
}

// startRequests are the requests of acquire and start, complete except for a token that is
// minted right before the start.
type startRequests struct {
	acquire agora.ClientRequest
	start   agora.ClientRequest
	secrets clientrequest.Secrets
}

// observeCredentials reads the credentials for Agora if a call may be needed.
func (o *observer) observeCredentials(
	ctx context.Context, recording *v1alpha1.CloudRecording, observed *decision.Observation, keys *keys,
) (err error) {
	if !lifecycle.NeedsCredentials(recording) {
		observed.CredentialsVersion = observed.Memory.Trigger.CredentialsVersion
		return nil
	}
	keys.agora, err = o.credentials.Get(ctx, lifecycle.SecretName(recording))
	observed.CredentialsVersion = keys.agora.Version
	observed.CredentialsProblem, err = usererror.ProblemOf(err)
	if err == nil && observed.CredentialsProblem == "" {
		observed.PollInterval = o.caller.account(recording, keys.agora).PollInterval()
		o.caller.tellLimit(recording, keys.agora)
		o.places.State(keys.agora.Account, places.Source(recording), keys.agora.MaxRecordings)
	}
	return err
}

// observeStart reads the secrets of a start if one may be needed. It builds the requests, so
// that their errors are known before any call.
func (o *observer) observeStart(
	ctx context.Context, recording *v1alpha1.CloudRecording, observed *decision.Observation, keys *keys,
) (err error) {
	if !lifecycle.AwaitsStart(recording) {
		observed.StartVersion = observed.Memory.Trigger.StartVersion
		return nil
	}
	secrets, err := secrets.ReadStart(ctx, o.startSecrets, recording)
	if err == nil {
		observed.StartVersion, observed.MintsToken = secrets.Version, secrets.MintsToken()
		keys.start, err = o.newStartRequests(recording, secrets)
	}
	if err == nil {
		err = noteParameters(recording, secrets, observed, keys)
	}
	var invalid usererror.SpecError
	var certificate usererror.CertificateError
	switch {
	case errors.As(err, &invalid):
		observed.StartProblem, observed.StartInvalid = invalid.Error(), true
		return nil
	case errors.As(err, &certificate):
		observed.StartProblem, observed.CertificateInvalid = "The recording cannot be started. "+certificate.Error(), true
		return nil
	}
	observed.StartProblem, err = usererror.ProblemOf(err)
	if err == nil && observed.StartProblem == "" {
		observed.Unprotected, err = o.findUnprotected(ctx, recording)
	}
	return err
}

// newStartRequests builds the requests, and checks that a token can be minted.
func (o *observer) newStartRequests(
	recording *v1alpha1.CloudRecording, secrets clientrequest.Secrets,
) (requests startRequests, err error) {
	requests.secrets = secrets
	if err := clientrequest.CheckToken(recording, secrets); err != nil {
		return startRequests{}, err
	}
	if err := o.allowStorage(recording.Spec.Storage, secrets); err != nil {
		return startRequests{}, usererror.Error("The recording cannot be started. " + err.Error())
	}
	if requests.acquire, err = clientrequest.Acquire(recording); err != nil {
		return startRequests{}, err
	}
	if requests.start, err = clientrequest.Start(recording, secrets); err != nil {
		return startRequests{}, err
	}
	return requests, nil
}

// withToken returns the requests with a token minted for the session in the status.
func (r startRequests) withToken(recording *v1alpha1.CloudRecording) (startRequests, error) {
	if !r.secrets.MintsToken() {
		return r, nil
	}
	secrets, err := r.secrets.WithToken(recording)
	if err != nil {
		return startRequests{}, err
	}
	r.start, err = clientrequest.Start(recording, secrets)
	return r, err
}

// allowStorage refuses a storage address that the operator is not configured for. Otherwise
// anyone who may create recordings could have other people's keys sent to any address.
func (o *observer) allowStorage(spec *v1alpha1.StorageSpec, secrets clientrequest.Secrets) error {
	if spec.Vendor != clientrequest.VendorCompatible {
		return nil
	}
	credentials := storage.Credentials{AccessKey: string(secrets.AccessKey), SecretKey: string(secrets.SecretKey), StsToken: string(secrets.StsToken)}
	return o.storage.Allows(lifecycle.LocationOf(spec), credentials)
}

// observeStorage reads the credentials for the bucket if a verification may be needed.
func (o *observer) observeStorage(
	ctx context.Context, recording *v1alpha1.CloudRecording, observed *decision.Observation, keys *keys,
) (err error) {
	if !lifecycle.MayNeedVerification(recording) {
		observed.StorageVersion = observed.Memory.VerifyTrigger.CredentialsVersion
		return nil
	}
	keys.storage, err = o.storageCredentials.Get(ctx, lifecycle.StorageSecretName(recording))
	observed.StorageVersion = keys.storage.Version
	observed.StorageProblem, err = usererror.ProblemOf(err)
	return err
}
