// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// rotateCustomer gives a customer another secret, at Agora first, and in its
// Secrets a while later.
type rotateCustomer struct {
	customer string
	after    time.Duration
}

func (rotateCustomer) kind() string { return "credentials rotated" }

func (a rotateCustomer) do(ctx context.Context, e *environment) error {
	e.agora.SetCredential(a.customer, e.vault.renewCustomer(a.customer))
	sleep(ctx, a.after)
	return e.restorePlaces(ctx, func(p place) bool { return p.customer == a.customer })
}

// rotateReceiver gives an account's notifications another secret.
type rotateReceiver struct {
	account string
	after   time.Duration
}

func (rotateReceiver) kind() string { return "secret of notifications rotated" }

func (a rotateReceiver) do(ctx context.Context, e *environment) error {
	e.vault.renewReceiver(a.account)
	if err := e.setNotifications(); err != nil {
		return err
	}
	sleep(ctx, a.after)
	return e.restorePlaces(ctx, func(p place) bool { return p.account == a.account })
}

// removeSecret takes credentials away for a while: the whole Secret, whatever
// finalizers it has, or what is in it.
type removeSecret struct {
	place place
	whole bool
	lasts time.Duration
}

func (a removeSecret) kind() string {
	if a.isWhole() {
		return "Secret removed and restored"
	}
	return "Secret emptied and restored"
}

// isWhole says whether the Secret itself goes. In a namespace that is being
// deleted it could not be created again.
func (a removeSecret) isWhole() bool { return a.whole && a.place.secret.namespace != namespaceGone }

func (a removeSecret) do(ctx context.Context, e *environment) error {
	if err := e.persist(ctx, func(ctx context.Context) error { return a.remove(ctx, e) }); err != nil {
		return fmt.Errorf("remove Secret %s: %w", a.place.secret, err)
	}
	sleep(ctx, a.lasts)
	return e.restoreSecret(context.WithoutCancel(ctx), a.place)
}

func (a removeSecret) remove(ctx context.Context, e *environment) error {
	secret := &corev1.Secret{}
	if err := e.Client.Get(ctx, a.place.secret.key(), secret); err != nil {
		return client.IgnoreNotFound(err)
	}
	if !a.isWhole() {
		secret.Data = map[string][]byte{}
		return e.Client.Update(ctx, secret)
	}
	return e.removeWholly(ctx, secret)
}

// removeWholly removes a Secret as somebody does who insists.
func (e *environment) removeWholly(ctx context.Context, secret *corev1.Secret) error {
	if err := client.IgnoreNotFound(e.Client.Delete(ctx, secret)); err != nil {
		return err
	}
	patch := client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`))
	return client.IgnoreNotFound(e.Client.Patch(ctx, secret, patch))
}

func (n secretName) key() client.ObjectKey {
	return client.ObjectKey{Namespace: n.namespace, Name: n.name}
}

// restoreSecret makes a Secret hold what is valid now.
func (e *environment) restoreSecret(ctx context.Context, p place) error {
	err := e.persist(ctx, func(ctx context.Context) error { return e.ensureSecret(ctx, p.secret, e.credentialsData(p)) })
	if err != nil {
		return fmt.Errorf("restore Secret %s: %w", p.secret, err)
	}
	return nil
}

// restorePlaces makes the Secrets of some places hold what is valid now.
func (e *environment) restorePlaces(ctx context.Context, isWanted func(place) bool) error {
	for _, p := range places() {
		if isWanted(p) {
			if err := e.restoreSecret(ctx, p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *environment) ensureSecret(ctx context.Context, name secretName, data map[string][]byte) error {
	secret := &corev1.Secret{}
	err := e.Client.Get(ctx, name.key(), secret)
	if apierrors.IsNotFound(err) {
		secret = &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: name.namespace, Name: name.name}}
		secret.Data = data
		return e.Client.Create(ctx, secret)
	}
	if err != nil {
		return err
	}
	if !secret.DeletionTimestamp.IsZero() && name.namespace != namespaceGone {
		if err := e.removeWholly(ctx, secret); err != nil {
			return err
		}
		return fmt.Errorf("Secret %s is still there", name) //nolint:staticcheck // it is a kind's name
	}
	secret.Data = data
	return e.Client.Update(ctx, secret)
}

// restoreSecrets makes all Secrets of namespaces that go wrong hold what is valid now.
func (e *environment) restoreSecrets(ctx context.Context, namespaces []string) error {
	if err := e.restorePlaces(ctx, func(p place) bool { return slices.Contains(namespaces, p.secret.namespace) }); err != nil {
		return err
	}
	for _, namespace := range namespaces {
		for _, name := range []string{tokenSecret, writerSecret} {
			if err := e.putStartSecret(ctx, secretName{namespace, name}, e.startData(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// credentialsData is the content of a Secret with credentials.
func (e *environment) credentialsData(p place) map[string][]byte {
	a := accountOf(p.account)
	data := map[string][]byte{
		v1alpha1.CustomerIDKey:         []byte(p.customer),
		v1alpha1.CustomerSecretKey:     []byte(e.vault.customer(p.customer)),
		v1alpha1.NotificationSecretKey: []byte(e.vault.receiver(p.account)),
	}
	if allowed := cmp.Or(a.share, a.limit); allowed != defaultLimit {
		data[v1alpha1.RequestsPerSecondKey] = []byte(strconv.Itoa(allowed))
	}
	if a.named {
		data[v1alpha1.AccountKey] = []byte(a.name)
	}
	return data
}

// defaultLimit is the limit of requests a second that Agora gives everybody.
const defaultLimit = 10
