// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const (
	// notificationSecret signs the notifications of all accounts.
	notificationSecret = "secret-of-notifications"

	// adoptionLimit is an account's limit, in requests per second, while recordings are
	// adopted.
	adoptionLimit = 2000

	// unlimited turns off the simulator's rate limit.
	unlimited = -1
)

// account is an Agora account with the Secret that holds its credentials.
type account struct{ customerID, customerSecret, secretName string }

func newAccount(number int) account {
	return account{
		customerID:     fmt.Sprintf("customer-%d", number),
		customerSecret: fmt.Sprintf("secret-of-customer-%d", number),
		secretName:     fmt.Sprintf("agora-%d", number),
	}
}

func (e *environment) createAccount(a account) {
	e.createSecret(a.secretName, map[string]string{
		v1alpha1.CustomerIDKey:         a.customerID,
		v1alpha1.CustomerSecretKey:     a.customerSecret,
		v1alpha1.NotificationSecretKey: notificationSecret,
		v1alpha1.RequestsPerSecondKey:  strconv.Itoa(e.limit),
	})
}

// raiseLimit raises an account's limit high enough for adoption. Until restoreLimit, Agora does
// not limit the account.
func (e *environment) raiseLimit(a account) {
	e.agora.SetRequestsPerSecond(a.customerID, unlimited)
	e.stateLimit(a, adoptionLimit)
}

// restoreLimit restores an account's own limit. It returns once the operator respects the limit
// and is idle.
func (e *environment) restoreLimit(a account) {
	e.stateLimit(a, e.limit)
	labels := map[string]string{"account": e.namespace + "/" + a.secretName}
	e.await("the operator knows the limit of "+a.secretName, idleInterval, func() bool {
		return e.operatorMetrics().sum("cloudrecording_agora_budget_limit", labels) == float64(e.limit)
	})
	e.agora.SetRequestsPerSecond(a.customerID, e.limit)
	e.awaitIdle(0)
	// Earlier requests must not count against the limit.
	e.sleep(time.Second)
}

// stateLimit writes an account's limit to its Secret.
func (e *environment) stateLimit(a account, limit int) {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: a.secretName}}
	changed := secret.DeepCopy()
	changed.StringData = map[string]string{v1alpha1.RequestsPerSecondKey: strconv.Itoa(limit)}
	check(e.Client.Patch(e.ctx, changed, client.MergeFrom(secret)))
}
