// SPDX-License-Identifier: Apache-2.0

package v1alpha1

const (
	// StopFinalizer keeps a CloudRecording until its recording is known to have ended.
	StopFinalizer = "cloudrecording.dev/stop"

	// InUseFinalizer keeps a Secret until no CloudRecording needs it any more, so that deleting
	// a namespace still stops everything in it.
	InUseFinalizer = "cloudrecording.dev/in-use"

	// NotificationsLabel marks the ConfigMaps with notifications that no recording's status
	// shows yet.
	NotificationsLabel = "cloudrecording.dev/notifications"

	// NotificationsNamespaceLabel is the namespace of the recordings in such a ConfigMap.
	NotificationsNamespaceLabel = "cloudrecording.dev/notifications-namespace"

	// NotificationsBytesAnnotation is the size of such a ConfigMap in the operator's memory.
	NotificationsBytesAnnotation = "cloudrecording.dev/notifications-bytes"

	// UnownedConfigMapName is the name of the ConfigMap, in the operator's namespace, with the
	// recordings from Agora's notifications that no CloudRecording owns.
	UnownedConfigMapName = "cloudrecording-unowned"

	// ReconcileAtAnnotation makes the operator reconcile a recording at once whenever its value
	// changes, for example to the current time.
	ReconcileAtAnnotation = "cloudrecording.dev/reconcile-at"

	// ScheduleLabel is the name of the CloudRecordingSchedule that made a recording.
	ScheduleLabel = "cloudrecording.dev/schedule"

	// ScheduleUIDAnnotation is the UID of that CloudRecordingSchedule. It distinguishes the
	// schedule from another one with the same name.
	ScheduleUIDAnnotation = "cloudrecording.dev/schedule-uid"

	// TemplateDigestAnnotation is a digest of the template from which a schedule made a
	// recording. It differs from the schedule's current digest if the template has been edited
	// since.
	TemplateDigestAnnotation = "cloudrecording.dev/template-digest"
)

// Keys of the Secret in spec.credentialsSecretRef.
const (
	// CustomerIDKey holds Agora's customer ID.
	CustomerIDKey = "customerId"

	// CustomerSecretKey holds Agora's customer secret.
	CustomerSecretKey = "customerSecret"

	// RequestsPerSecondKey holds the account's raised request limit. Optional.
	RequestsPerSecondKey = "requestsPerSecond"

	// MaxRecordingsKey holds the number of recordings that may run at the same time for each
	// App ID of the account. Optional.
	MaxRecordingsKey = "maxRecordings"

	// AccountKey holds a name that several credentials of one account share
	// within a namespace, so that they share one budget of requests. Optional.
	AccountKey = "account"

	// NotificationSecretKey holds the secret of the project's notifications in
	// the Agora Console, which signs them. Optional.
	NotificationSecretKey = "notificationSecret"
)

// Keys of the Secrets in spec.storage.
const (
	// AccessKeyKey holds the access key, or the storage account's name for vendor 5.
	AccessKeyKey = "accessKey"

	// SecretKeyKey holds the secret key, or the storage account's key for vendor 5.
	SecretKeyKey = "secretKey"

	// StsTokenKey holds the session token of a temporary key. Optional.
	StsTokenKey = "stsToken"

	// StsExpirationKey holds the time at which stsToken expires, in seconds since 1970. It is
	// Agora's stsExpiration. Optional.
	StsExpirationKey = "stsExpiration"
)

// Keys of the Secrets in spec.start.
const (
	// TokenKey holds the RTC token with which the recorder joins the channel.
	TokenKey = "token"

	// AppCertificateKey holds the App Certificate of the project, from which tokens are minted.
	// The Secret in spec.credentialsSecretRef may hold it, too.
	AppCertificateKey = "appCertificate"

	// DecryptionSecretKey holds Agora's secret: the password of an encrypted channel.
	DecryptionSecretKey = "secret"

	// DecryptionSaltKey holds Agora's salt: 32 bytes as base64 text.
	DecryptionSaltKey = "salt"

	// RTMPURLKey holds the address to which a web recording is pushed, with its stream key.
	RTMPURLKey = "rtmpUrl"
)
