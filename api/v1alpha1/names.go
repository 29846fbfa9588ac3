// SPDX-License-Identifier: Apache-2.0

package v1alpha1

const (
	// StopFinalizer keeps a CloudRecording until its recording is known to have ended.
	StopFinalizer = "cloudrecording.dev/stop"

	// InUseFinalizer keeps a Secret until no CloudRecording needs it any more,
	// so that deleting a namespace still stops everything in it.
	InUseFinalizer = "cloudrecording.dev/in-use"

	// NotificationsLabel marks the ConfigMaps that hold notifications which no
	// recording's status shows yet.
	NotificationsLabel = "cloudrecording.dev/notifications"

	// NotificationsNamespaceLabel names the namespace of the recordings that such a
	// ConfigMap is for.
	NotificationsNamespaceLabel = "cloudrecording.dev/notifications-namespace"

	// NotificationsBytesAnnotation says how much memory such a ConfigMap takes of the
	// operator.
	NotificationsBytesAnnotation = "cloudrecording.dev/notifications-bytes"

	// UnownedConfigMapName is the name of the ConfigMap, in the operator's namespace, with
	// the recordings that Agora notifies of and that no CloudRecording has.
	UnownedConfigMapName = "cloudrecording-unowned"

	// ReconcileAtAnnotation makes the operator look at a recording at once
	// whenever its value changes, for example to the present time.
	ReconcileAtAnnotation = "cloudrecording.dev/reconcile-at"

	// ScheduleLabel names the CloudRecordingSchedule that made a recording.
	ScheduleLabel = "cloudrecording.dev/schedule"

	// ScheduleUIDAnnotation is the UID of that CloudRecordingSchedule: another one of the
	// same name has another.
	ScheduleUIDAnnotation = "cloudrecording.dev/schedule-uid"

	// TemplateDigestAnnotation tells what a schedule made a recording of: the schedule has
	// been edited since if it is another.
	TemplateDigestAnnotation = "cloudrecording.dev/template-digest"
)

// Keys of a Secret that spec.credentialsSecretRef names.
const (
	// CustomerIDKey holds Agora's customer ID.
	CustomerIDKey = "customerId"

	// CustomerSecretKey holds Agora's customer secret.
	CustomerSecretKey = "customerSecret"

	// RequestsPerSecondKey holds the account's raised request limit. Optional.
	RequestsPerSecondKey = "requestsPerSecond"

	// MaxRecordingsKey holds how many recordings may run at once for each App ID of
	// the account. Optional.
	MaxRecordingsKey = "maxRecordings"

	// AccountKey holds a name that several credentials of one account share
	// within a namespace, so that they share one budget of requests. Optional.
	AccountKey = "account"

	// NotificationSecretKey holds the secret of the project's notifications in
	// the Agora Console, which signs them. Optional.
	NotificationSecretKey = "notificationSecret"
)

// Keys of a Secret that spec.storage names.
const (
	// AccessKeyKey holds the access key; with vendor 5 the storage account's name.
	AccessKeyKey = "accessKey"

	// SecretKeyKey holds the secret key; with vendor 5 the storage account's key.
	SecretKeyKey = "secretKey"

	// StsTokenKey holds the session token of a key that is valid for a while
	// only. Optional.
	StsTokenKey = "stsToken"

	// StsExpirationKey holds when stsToken lapses: Agora's stsExpiration, in
	// seconds since 1970. Optional.
	StsExpirationKey = "stsExpiration"
)

// Keys of the Secrets that spec.start names.
const (
	// TokenKey holds the RTC token that the recorder joins the channel with.
	TokenKey = "token"

	// AppCertificateKey holds the App Certificate of the project, from which tokens
	// are minted. The Secret that spec.credentialsSecretRef names may hold it, too.
	AppCertificateKey = "appCertificate"

	// DecryptionSecretKey holds Agora's secret: the password of an encrypted channel.
	DecryptionSecretKey = "secret"

	// DecryptionSaltKey holds Agora's salt: 32 bytes as base64 text.
	DecryptionSaltKey = "salt"

	// RTMPURLKey holds the address that a web recording is pushed to, with its
	// stream key.
	RTMPURLKey = "rtmpUrl"
)
