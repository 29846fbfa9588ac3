// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/storage"
)

// observe collects what decide looks at. It fails only if the API server does.
func (r *CloudRecordingReconciler) observe(
	ctx context.Context, recording *v1alpha1.CloudRecording, known remembered,
) (observation, keys, error) {
	observed := observation{
		leadingSince: r.lead(),
		memory:       known.memory,
	}
	if !r.Leads(0) {
		// Whoever leads now may repeat a start without a write before it.
		observed.memory.startsKnown = false
	}
	if wantsStop(recording) && awaitsStart(recording) {
		// What was to begin a recording is not wanted any more.
		r.calls.withdraw(recording.UID)
	}
	var call *runningTask[agora.Answer]
	call, observed.answer = r.calls.observe(recording.UID)
	switch {
	case call == nil:
	case observed.answer == nil:
		observed.underway = &underway{method: agora.Method(call.what), since: call.since, session: call.session}
	default:
		observed.askedAt, observed.answerSession = call.since, call.session
		observed.answerResource = call.resource
	}
	var looking *runningTask[look]
	looking, observed.looked = r.looks.observe(recording.UID)
	observed.looking = looking != nil && observed.looked == nil
	if looking != nil {
		observed.lookedSession = looking.session
	}
	observed.events = r.Inbox.Pending(recording.UID)
	// Taken after the answer, so that no answer lies in the future.
	observed.now = r.Clock.Now()

	keys := keys{}
	if err := r.observeCredentials(ctx, recording, &observed, &keys); err != nil {
		return observation{}, keys, err
	}
	if err := r.observeStart(ctx, recording, &observed, &keys); err != nil {
		return observation{}, keys, err
	}
	if err := r.observeUpdates(ctx, recording, &observed, &keys); err != nil {
		return observation{}, keys, err
	}
	if err := r.observeStorage(ctx, recording, &observed, &keys); err != nil {
		return observation{}, keys, err
	}
	return observed, keys, nil
}

// keys are what opens Agora's API and the bucket to a recording. They stay out
// of the observation, which decides nothing by them.
type keys struct {
	agora   credentials
	storage storageCredentials
	start   startRequests

	// updates are what an update can send.
	updates parameters
}

// startRequests are what acquire and start get, ready to be sent.
type startRequests struct {
	acquire agora.ClientRequest
	start   agora.ClientRequest
}

// observeCredentials reads the credentials for Agora, if a call may be made.
func (r *CloudRecordingReconciler) observeCredentials(
	ctx context.Context, recording *v1alpha1.CloudRecording, observed *observation, keys *keys,
) (err error) {
	if !needsCredentials(recording) {
		observed.credentialsVersion = observed.memory.trigger.credentialsVersion
		return nil
	}
	keys.agora, err = r.credentials.get(ctx, secretName(recording))
	observed.credentialsVersion = keys.agora.version
	observed.credentialsProblem, err = problemOf(err)
	if err == nil && observed.credentialsProblem == "" {
		observed.pollInterval = r.account(recording, keys.agora).PollInterval()
		r.tellLimit(recording, keys.agora)
	}
	return err
}

// observeStart reads what is secret of a start, if one may be made, and makes the
// requests, so that what is wrong with them is known before any call.
func (r *CloudRecordingReconciler) observeStart(
	ctx context.Context, recording *v1alpha1.CloudRecording, observed *observation, keys *keys,
) (err error) {
	if !awaitsStart(recording) {
		observed.startVersion = observed.memory.trigger.startVersion
		return nil
	}
	secrets, err := readStartSecrets(ctx, r.startSecrets, recording)
	if err == nil {
		observed.startVersion = secrets.version
		keys.start, err = r.newStartRequests(recording, secrets)
	}
	if err == nil {
		err = noteParameters(recording, secrets, observed, keys)
	}
	var invalid specError
	if errors.As(err, &invalid) {
		observed.startProblem, observed.startInvalid = invalid.Error(), true
		return nil
	}
	observed.startProblem, err = problemOf(err)
	if err == nil && observed.startProblem == "" {
		observed.unprotected, err = r.findUnprotected(ctx, recording)
	}
	return err
}

func (r *CloudRecordingReconciler) newStartRequests(
	recording *v1alpha1.CloudRecording, secrets startSecrets,
) (requests startRequests, err error) {
	if err := r.allowStorage(recording.Spec.Storage, secrets); err != nil {
		return startRequests{}, secretError("The recording cannot be started. " + err.Error())
	}
	if requests.acquire, err = acquireRequest(recording); err != nil {
		return startRequests{}, err
	}
	if requests.start, err = startRequest(recording, secrets); err != nil {
		return startRequests{}, err
	}
	return requests, nil
}

// allowStorage refuses an address that a user names and that the operator may not
// use: whoever may create recordings could have others' keys used anywhere.
func (r *CloudRecordingReconciler) allowStorage(spec *v1alpha1.StorageSpec, secrets startSecrets) error {
	if spec.Vendor != vendorCompatible {
		return nil
	}
	credentials := storage.Credentials{AccessKey: secrets.accessKey, SecretKey: secrets.secretKey, StsToken: secrets.stsToken}
	return r.Storage.Allows(locationOf(spec), credentials)
}

// observeStorage reads the key for the bucket, if that may be looked into.
func (r *CloudRecordingReconciler) observeStorage(
	ctx context.Context, recording *v1alpha1.CloudRecording, observed *observation, keys *keys,
) (err error) {
	if !mayNeedLook(recording) {
		observed.storageVersion = observed.memory.lookTrigger.credentialsVersion
		return nil
	}
	keys.storage, err = r.storageCredentials.get(ctx, storageSecretName(recording))
	observed.storageVersion = keys.storage.version
	observed.storageProblem, err = problemOf(err)
	return err
}

// problemOf returns what a person can mend in a Secret as a text, and any other
// error as it is.
func problemOf(err error) (string, error) {
	var problem secretError
	if errors.As(err, &problem) {
		return problem.Error(), nil
	}
	return "", err
}

// secretName returns the name of the Secret with the recording's credentials.
func secretName(recording *v1alpha1.CloudRecording) types.NamespacedName {
	return types.NamespacedName{
		Namespace: recording.Namespace,
		Name:      recording.Spec.CredentialsSecretRef.Name,
	}
}
