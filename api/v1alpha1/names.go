// SPDX-License-Identifier: Apache-2.0

package v1alpha1

const (
	// StopFinalizer keeps a CloudRecording until its recording is known to have ended.
	StopFinalizer = "cloudrecording.dev/stop"

	// InUseFinalizer keeps a Secret until no CloudRecording needs it any more,
	// so that deleting a namespace still stops everything in it.
	InUseFinalizer = "cloudrecording.dev/in-use"

	// ReconcileAtAnnotation makes the operator look at a recording at once
	// whenever its value changes, for example to the present time.
	ReconcileAtAnnotation = "cloudrecording.dev/reconcile-at"
)

// Keys of a Secret that spec.credentialsSecretRef names.
const (
	// CustomerIDKey holds Agora's customer ID.
	CustomerIDKey = "customerId"

	// CustomerSecretKey holds Agora's customer secret.
	CustomerSecretKey = "customerSecret"

	// RequestsPerSecondKey holds the account's raised request limit. Optional.
	RequestsPerSecondKey = "requestsPerSecond"

	// AccountKey holds a name that several credentials of one account share
	// within a namespace, so that they share one budget of requests. Optional.
	AccountKey = "account"
)
