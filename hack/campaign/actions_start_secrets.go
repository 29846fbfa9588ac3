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

func (a breakStartSecret) do(ctx context.Context, s *stage) error {
	if err := a.harm(ctx, s); err != nil {
		return fmt.Errorf("damage Secret %s: %w", a.secret, err)
	}
	sleep(ctx, a.lasts)
	return s.putStartSecret(context.WithoutCancel(ctx), a.secret, s.startData(a.secret.name))
}

func (a breakStartSecret) harm(ctx context.Context, s *stage) error {
	data := s.startData(a.secret.name)
	switch a.damage {
	case damageGone:
		return s.persist(ctx, func(ctx context.Context) error {
			secret := &corev1.Secret{}
			if err := s.client.Get(ctx, a.secret.key(), secret); err != nil {
				return client.IgnoreNotFound(err)
			}
			return s.removeWholly(ctx, secret)
		})
	case damageEmpty:
		clear(data)
	case damageLacking:
		delete(data, v1alpha1.TokenKey)
		delete(data, v1alpha1.SecretKeyKey)
	case damageWrong:
		for _, key := range []string{v1alpha1.TokenKey, v1alpha1.SecretKeyKey} {
			if _, ok := data[key]; ok {
				data[key] = []byte(s.vault.wrong(key))
			}
		}
	}
	return s.putStartSecret(ctx, a.secret, data)
}

func (s *stage) putStartSecret(ctx context.Context, name secretName, data map[string][]byte) error {
	err := s.persist(ctx, func(ctx context.Context) error { return s.ensureSecret(ctx, name, data) })
	if err != nil {
		return fmt.Errorf("write Secret %s: %w", name, err)
	}
	return nil
}

// startData is the content of a Secret that starts need.
func (s *stage) startData(name string) map[string][]byte {
	if name == tokenSecret {
		return map[string][]byte{v1alpha1.TokenKey: []byte(s.vault.token)}
	}
	return map[string][]byte{v1alpha1.AccessKeyKey: []byte(writerID), v1alpha1.SecretKeyKey: []byte(s.vault.writerKey)}
}
