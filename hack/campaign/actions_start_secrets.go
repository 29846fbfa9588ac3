// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// damage is what happens to a Secret that starts need.
type damage string

const (
	damageGone    damage = "removed"
	damageEmpty   damage = "emptied"
	damageLacking damage = "lacks a key"
	// damageWrong holds what Agora accepts, and what opens nothing.
	damageWrong damage = "is wrong"
)

// breakStartSecret damages the token or the key to the bucket for a while.
type breakStartSecret struct {
	secret secretName
	damage damage
	lasts  time.Duration
}

func (a breakStartSecret) kind() string {
	return fmt.Sprintf("Secret %s %s, and is mended", a.secret.name, a.damage)
}

func (a breakStartSecret) do(ctx context.Context, e *environment) error {
	if err := a.harm(ctx, e); err != nil {
		return fmt.Errorf("damage Secret %s: %w", a.secret, err)
	}
	sleep(ctx, a.lasts)
	return e.putStartSecret(context.WithoutCancel(ctx), a.secret, e.startData(a.secret.name))
}

func (a breakStartSecret) harm(ctx context.Context, e *environment) error {
	data := e.startData(a.secret.name)
	switch a.damage {
	case damageGone:
		return e.persist(ctx, func(ctx context.Context) error {
			secret := &corev1.Secret{}
			if err := e.Client.Get(ctx, a.secret.key(), secret); err != nil {
				return client.IgnoreNotFound(err)
			}
			return e.removeWholly(ctx, secret)
		})
	case damageEmpty:
		clear(data)
	case damageLacking:
		delete(data, v1alpha1.TokenKey)
		delete(data, v1alpha1.SecretKeyKey)
	case damageWrong:
		for _, key := range []string{v1alpha1.TokenKey, v1alpha1.SecretKeyKey} {
			if _, ok := data[key]; ok {
				data[key] = []byte(e.vault.wrong(key))
			}
		}
	}
	return e.putStartSecret(ctx, a.secret, data)
}

func (e *environment) putStartSecret(ctx context.Context, name secretName, data map[string][]byte) error {
	err := e.persist(ctx, func(ctx context.Context) error { return e.ensureSecret(ctx, name, data) })
	if err != nil {
		return fmt.Errorf("write Secret %s: %w", name, err)
	}
	return nil
}

// startData is the content of a Secret that starts need.
func (e *environment) startData(name string) map[string][]byte {
	if name == tokenSecret {
		return map[string][]byte{v1alpha1.TokenKey: []byte(e.vault.token)}
	}
	return map[string][]byte{v1alpha1.AccessKeyKey: []byte(writerID), v1alpha1.SecretKeyKey: []byte(e.vault.writerKey)}
}
