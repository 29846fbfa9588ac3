// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"net/http"

	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// The values that a Simulator takes and returns.

type (
	// StreamSelection is whose streams of one medium are recorded.
	StreamSelection = recorder.StreamSelection
	// Subscription is whose streams a recording is made of.
	Subscription = recorder.Subscription
	// Updates count the calls that change a recording.
	Updates = recorder.Updates
	// Upload is what becomes of a recording's files.
	Upload = recorder.Upload
	// Effect is what a fault does to a call.
	Effect = faults.Effect
	// Fault is what goes wrong with calls.
	Fault = faults.Fault
	// StartFailure is why a recorder does not come up.
	StartFailure = faults.StartFailure
	// Delivery is an entry of the log of notifications.
	Delivery = notify.Delivery
	// Details are those of an event.
	Details = notify.Details
	// NotificationEffect is what a fault does to a notification.
	NotificationEffect = notify.Effect
	// NotificationFault is what goes wrong with notifications.
	NotificationFault = notify.Fault
	// Notifications say which notifications are sent, and where.
	Notifications = notify.Settings
	// Receiver is where notifications are sent, and the secret that signs them.
	Receiver = notify.Receiver
)

// The modes of recording, and the outcomes of uploads.
const (
	ModeIndividual          = recorder.ModeIndividual
	ModeMix                 = recorder.ModeMix
	ModeWeb                 = recorder.ModeWeb
	UploadingStatusUploaded = recorder.UploadingStatusUploaded
	UploadingStatusBackuped = recorder.UploadingStatusBackuped
	UploadingStatusUnknow   = recorder.UploadingStatusUnknow
	UploadingStatusUnknown  = recorder.UploadingStatusUnknown
	UploadingStatusAbsent   = recorder.UploadingStatusAbsent
)

// The methods of Agora's API.
const (
	MethodAcquire      = faults.MethodAcquire
	MethodStart        = faults.MethodStart
	MethodQuery        = faults.MethodQuery
	MethodUpdate       = faults.MethodUpdate
	MethodUpdateLayout = faults.MethodUpdateLayout
	MethodStop         = faults.MethodStop
)

// What faults do to calls, and why recorders do not come up.
const (
	EffectDropAfterActing   = faults.EffectDropAfterActing
	EffectDropBeforeActing  = faults.EffectDropBeforeActing
	EffectAnswer            = faults.EffectAnswer
	EffectAnswerAfterActing = faults.EffectAnswerAfterActing
	EffectGatewayPage       = faults.EffectGatewayPage
	EffectTooManyRequests   = faults.EffectTooManyRequests
	EffectEmptyBody         = faults.EffectEmptyBody
	EffectCutBody           = faults.EffectCutBody
	EffectHang              = faults.EffectHang
	EffectHangAfterActing   = faults.EffectHangAfterActing
	EffectDoesNotComeUp     = faults.EffectDoesNotComeUp
	StartFailureToken       = faults.StartFailureToken
	StartFailureStorage     = faults.StartFailureStorage
	StartFailureTranscoding = faults.StartFailureTranscoding
)

// What faults do to notifications.
const (
	NotificationLose           = notify.EffectLose
	NotificationDuplicate      = notify.EffectDuplicate
	NotificationRedundant      = notify.EffectRedundant
	NotificationDelay          = notify.EffectDelay
	NotificationReverse        = notify.EffectReverse
	NotificationWrongSignature = notify.EffectWrongSignature
	NotificationWithoutV2      = notify.EffectWithoutV2
	NotificationUnsigned       = notify.EffectUnsigned
)

// The states of a delivery.
const (
	DeliveryPending = notify.DeliveryPending
	DeliveryDone    = notify.DeliveryDone
	DeliveryGivenUp = notify.DeliveryGivenUp
	DeliveryLost    = notify.DeliveryLost
)

// The events that Agora notifies of.
const (
	EventError                  = notify.EventError
	EventWarning                = notify.EventWarning
	EventStatusUpdate           = notify.EventStatusUpdate
	EventFileInfos              = notify.EventFileInfos
	EventSessionExit            = notify.EventSessionExit
	EventSessionFailover        = notify.EventSessionFailover
	EventHighAvailability       = notify.EventHighAvailability
	EventUploaded               = notify.EventUploaded
	EventBackuped               = notify.EventBackuped
	EventUploadingProgress      = notify.EventUploadingProgress
	EventRecorderStarted        = notify.EventRecorderStarted
	EventRecorderLeave          = notify.EventRecorderLeave
	EventSliceStart             = notify.EventSliceStart
	EventSnapshotFile           = notify.EventSnapshotFile
	EventWebRecorderStarted     = notify.EventWebRecorderStarted
	EventWebRecorderStopped     = notify.EventWebRecorderStopped
	EventWebReload              = notify.EventWebReload
	EventTranscoderCompleted    = notify.EventTranscoderCompleted
	EventRTMPPublishStatus      = notify.EventRTMPPublishStatus
	EventPostponeTranscodeFinal = notify.EventPostponeTranscodeFinal
)

// SignatureV2Header is the newer header in which a notification is signed.
const SignatureV2Header = notify.SignatureV2Header

// IsSigned says whether a secret signed a notification.
func IsSigned(header http.Header, body []byte, secret string) bool {
	return notify.IsSigned(header, body, secret)
}
