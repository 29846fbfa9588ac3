// SPDX-License-Identifier: Apache-2.0

package checks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications/receiver"
	"cloudrecording.dev/operator/controllers/progress"
	"cloudrecording.dev/operator/hack/kubectl-crec/cluster"
)

// notificationsService is the name of the receiver's Service in config/notifications.
const notificationsService = "cloudrecording-notifications"

// longestAnswer limits how much of an answer is read.
const longestAnswer = 64 << 10

// checkNotifications checks that the receiver accepts what is signed with the
// notificationSecret of a recording, and refuses what is signed with another secret.
func checkNotifications(ctx context.Context, at *cluster.Cluster, operators []cluster.Operator, options Options) (findings []Finding) {
	for _, operator := range operators {
		name := "notifications of " + operator.Namespace
		if operator.Flag("notifications-bind-address") == "" && options.NotificationsURL == "" {
			findings = append(findings, Finding{name, Skipped, "They are off. With config/notifications the operator hears at once of what happens."})
			continue
		}
		address, client, err := receiverOf(at, operator, options)
		if err != nil {
			findings = append(findings, unknown(name, err))
			continue
		}
		findings = append(findings, probe(ctx, at, name, address, client))
	}
	return findings
}

// receiverOf returns the address of the receiver and a client for it. Without another
// address, requests go through the API server.
func receiverOf(at *cluster.Cluster, operator cluster.Operator, options Options) (string, *http.Client, error) {
	if options.NotificationsURL != "" {
		return options.NotificationsURL, options.HTTP, nil
	}
	client, err := rest.HTTPClientFor(at.Config)
	if err != nil {
		return "", nil, fmt.Errorf("reach the API server: %w", err)
	}
	base, _, err := rest.DefaultServerUrlFor(at.Config)
	if err != nil {
		return "", nil, fmt.Errorf("reach the API server: %w", err)
	}
	path := fmt.Sprintf("api/v1/namespaces/%s/services/http:%s:http/proxy/", operator.Namespace, notificationsService)
	return base.JoinPath(path).String(), client, nil
}

// probe sends a notification that changes nothing, once with the right signature and once
// with a wrong one.
func probe(ctx context.Context, at *cluster.Cluster, name, address string, client *http.Client) Finding {
	sid, secret, err := signer(ctx, at)
	switch {
	case err != nil:
		return unknown(name, err)
	case sid == "":
		return Finding{name, Skipped, sentencef("No recording in namespace %s has a sid and a Secret with the key %s to try it with.", at.Namespace, v1alpha1.NotificationSecretKey)}
	}
	signed, err := send(ctx, address, client, sid, secret)
	if err != nil {
		return Finding{name, Failed, sentencef("The receiver cannot be reached from here: %v. See config/notifications, its network policy and its Ingress.", err)}
	}
	forged, err := send(ctx, address, client, sid, append([]byte("not-"), secret...))
	if err != nil {
		return unknown(name, err)
	}
	switch {
	case signed == receiver.NothingToLearn && forged == receiver.Forged:
		return Finding{name, OK, "The receiver takes what is signed with the Secret of a recording, and refuses what is not."}
	case signed == receiver.Forged:
		return Finding{name, Failed, sentencef("The receiver refuses what is signed with the %s of a recording: something on the way changes the body.", v1alpha1.NotificationSecretKey)}
	case signed == receiver.UnknownSID:
		return Finding{name, Failed, "The receiver does not know a recording of this namespace: it is that of another operator, or of another shard."}
	default:
		return Finding{name, Failed, sentencef("What answers is not as the receiver should be: it says %q of what is signed and %q of what is not.", signed, forged)}
	}
}

// signer returns the sid of a recording and the secret that signs its notifications. Both
// are empty if there is none.
func signer(ctx context.Context, at *cluster.Cluster) (sid string, secret []byte, err error) {
	recordings, err := at.Recordings(ctx)
	if err != nil {
		return "", nil, err //nolint:wrapcheck // it says what
	}
	for i := range recordings {
		recording := progress.Holding(&recordings[i])
		held := &corev1.Secret{}
		key := client.ObjectKey{Namespace: recording.Namespace, Name: recording.Spec.CredentialsSecretRef.Name}
		if recording.Status.SID == "" || key.Name == "" {
			continue
		}
		if err := at.Get(ctx, key, held); client.IgnoreNotFound(err) != nil {
			return "", nil, fmt.Errorf("read the Secret %s: %w", key.Name, err)
		}
		if secret := bytes.TrimSpace(held.Data[v1alpha1.NotificationSecretKey]); len(secret) > 0 {
			return recording.Status.SID, secret, nil
		}
	}
	return "", nil, nil
}

// send sends a probe and returns the receiver's result.
func send(ctx context.Context, address string, client *http.Client, sid string, secret []byte) (receiver.Result, error) {
	probe, err := receiver.NewProbe(sid, secret)
	if err != nil {
		return "", err //nolint:wrapcheck // it says what
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(probe.Body))
	if err != nil {
		return "", errors.New("--notifications-url is no address")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(receiver.SignatureV2Header, probe.Signature)
	response, err := client.Do(request)
	if err != nil {
		return "", withoutAddress(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(response.Body, longestAnswer))
	if err != nil {
		return "", fmt.Errorf("read the answer: %w", err)
	}
	var answer struct{ Result receiver.Result }
	if err := json.Unmarshal(content, &answer); err != nil || answer.Result == "" {
		return "", fmt.Errorf("HTTP status %d, and not the answer of a receiver", response.StatusCode)
	}
	return answer.Result, nil
}
