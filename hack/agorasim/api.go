// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"net/http"

	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// Configuration and the types after it say what is recorded, and what becomes of it.
type (
	Configuration    = recorder.Configuration
	Layout           = recorder.Layout
	LayoutBackground = recorder.LayoutBackground
	LayoutRegion     = recorder.LayoutRegion
	RTMPOutput       = recorder.RTMPOutput
	StorageConfig    = recorder.StorageConfig
	StreamSelection  = recorder.StreamSelection
	Subscription     = recorder.Subscription
	Updates          = recorder.Updates
	Upload           = recorder.Upload
	VideoProfile     = recorder.VideoProfile
)

// Effect and the types after it say what goes wrong with calls.
type (
	Effect       = faults.Effect
	Fault        = faults.Fault
	StartFailure = faults.StartFailure
)

// Attempt and the types after it are of notifications, and what goes wrong with them.
type (
	Attempt            = notify.Attempt
	Delivery           = notify.Delivery
	DeliveryState      = notify.DeliveryState
	Details            = notify.Details
	NotificationEffect = notify.Effect
	NotificationFault  = notify.Fault
	Notifications      = notify.Settings
	Receiver           = notify.Receiver
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
	EventUploaderStarted        = notify.EventUploaderStarted
	EventUploaded               = notify.EventUploaded
	EventBackuped               = notify.EventBackuped
	EventUploadingProgress      = notify.EventUploadingProgress
	EventRecorderStarted        = notify.EventRecorderStarted
	EventRecorderLeave          = notify.EventRecorderLeave
	EventSliceStart             = notify.EventSliceStart
	EventAudioStreamState       = notify.EventAudioStreamState
	EventVideoStreamState       = notify.EventVideoStreamState
	EventSnapshotFile           = notify.EventSnapshotFile
	EventVODStarted             = notify.EventVODStarted
	EventVODTriggered           = notify.EventVODTriggered
	EventWebRecorderStarted     = notify.EventWebRecorderStarted
	EventWebRecorderStopped     = notify.EventWebRecorderStopped
	EventWebCapabilityLimit     = notify.EventWebCapabilityLimit
	EventWebReload              = notify.EventWebReload
	EventTranscoderStarted      = notify.EventTranscoderStarted
	EventTranscoderCompleted    = notify.EventTranscoderCompleted
	EventDownloadFailed         = notify.EventDownloadFailed
	EventRTMPPublishStatus      = notify.EventRTMPPublishStatus
	EventPostponeTranscodeFinal = notify.EventPostponeTranscodeFinal
)

// The headers in which a notification is signed.
const (
	SignatureHeader   = notify.SignatureHeader
	SignatureV2Header = notify.SignatureV2Header
)

// EventNames returns Agora's names of the events by their types.
func EventNames() map[int]string { return notify.EventNames() }

// IsSigned says whether a secret signed a notification.
func IsSigned(header http.Header, body []byte, secret string) bool {
	return notify.IsSigned(header, body, secret)
}
