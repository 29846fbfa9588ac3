// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// account is one at Agora, with the Secret that holds its credentials.
type account struct {
	customerID, customerSecret string
	secretName                 string
}

func newAccounts(count int) []account {
	accounts := make([]account, 0, count)
	for i := range count {
		accounts = append(accounts, account{
			customerID:     fmt.Sprintf("customer-%d", i+1),
			customerSecret: fmt.Sprintf("secret-of-customer-%d", i+1),
			secretName:     fmt.Sprintf("agora-%d", i+1),
		})
	}
	return accounts
}

// createAccount creates the Secret of an account.
func (s *school) createAccount(ctx context.Context, a account) error {
	return s.createSecret(ctx, a.secretName, map[string]string{
		v1alpha1.CustomerIDKey:         a.customerID,
		v1alpha1.CustomerSecretKey:     a.customerSecret,
		v1alpha1.NotificationSecretKey: notificationSecret,
		v1alpha1.RequestsPerSecondKey:  strconv.Itoa(s.limit),
	})
}

// raiseLimits lets some accounts be asked as often as adopting takes. Agora
// refuses nothing meanwhile.
func (s *school) raiseLimits(ctx context.Context, accounts []account) error {
	for _, a := range accounts {
		s.agora.SetRequestsPerSecond(a.customerID, unlimited)
		if err := s.stateLimit(ctx, a, adoptionLimit); err != nil {
			return err
		}
	}
	return nil
}

// restoreLimits gives some accounts the school's limit again, and returns once
// the operator keeps to it and has nothing more to do.
func (s *school) restoreLimits(ctx context.Context, accounts []account) error {
	for _, a := range accounts {
		if err := s.stateLimit(ctx, a, s.limit); err != nil {
			return err
		}
		if err := s.awaitLimit(ctx, a, s.limit); err != nil {
			return err
		}
		s.agora.SetRequestsPerSecond(a.customerID, s.limit)
	}
	if err := s.awaitIdle(ctx, 0); err != nil {
		return err
	}
	// What was asked before must not count against the limit.
	return sleep(ctx, time.Second)
}

// stateLimit states an account's limit in its Secret.
func (s *school) stateLimit(ctx context.Context, a account, limit int) error {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: a.secretName}}
	changed := secret.DeepCopy()
	changed.StringData = map[string]string{v1alpha1.RequestsPerSecondKey: strconv.Itoa(limit)}
	if err := s.client.Patch(ctx, changed, client.MergeFrom(secret)); err != nil {
		return fmt.Errorf("change the limit in the Secret %s: %w", a.secretName, err)
	}
	return nil
}
