// SPDX-License-Identifier: Apache-2.0

package request

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

const (
	defaultMaxIdleTime = int(recorder.DefaultMaxIdleTime / time.Second)
	minMaxIdleTime     = 5
	maxMaxIdleTime     = 2592000

	maxChannelType = 1
	maxUIDGroup    = 5
)

// Values of decryptionMode.
const (
	decryptionNone       = 0
	firstSaltyDecryption = 7
	lastDecryption       = 8

	saltBytes = 32
)

// recordingConfigRules returns the rules for members of recordingConfig that have no
// effect in the simulator, or whose effect does not depend on other members.
func recordingConfigRules() []memberRule {
	return []memberRule{
		wholeNumber("streamTypes", recorder.StreamTypeAudio, recorder.StreamTypeBoth),
		oneOfTexts("streamMode", recorder.StreamModeDefault, recorder.StreamModeStandard, recorder.StreamModeOriginal),
		wholeNumber("videoStreamType", 0, 1),
		wholeNumber("maxIdleTime", minMaxIdleTime, maxMaxIdleTime),
		wholeNumber("subscribeUidGroup", 0, maxUIDGroup),
		wholeNumber("decryptionMode", decryptionNone, lastDecryption),
		anyOf[string]("secret"),
		anyOf[string]("salt"),
		anyOf[string]("privateParams"),
		anObject("extensionParams", anyOf[bool]("enableNTPtimestamp")),
	}
}

// configureChannel reads the configuration of modes that record a channel.
func configureChannel(r *recorder.Recorder, request Body) *Refusal {
	recording := request.object("recordingConfig")
	if recording == nil {
		return invalid("recordingConfig is required")
	}
	if _, ok := recording.requiredNumber("channelType", 0, maxChannelType); !ok {
		return invalid("recordingConfig: channelType is required, and must be 0 or 1")
	}
	rules := recordingConfigRules()
	if r.Mode == recorder.ModeMix {
		rules = append(rules, wholeNumber("audioProfile", 0, maxAudioProfile))
	}
	if wrong := recording.firstWrong(rules...); wrong != "" {
		return invalid("recordingConfig: invalid " + wrong)
	}
	if reason := recording.wrongDecryption(); reason != "" {
		return invalid("recordingConfig: " + reason)
	}
	idle, _ := recording.number("maxIdleTime", defaultMaxIdleTime, minMaxIdleTime, maxMaxIdleTime)
	r.MaxIdleTime = time.Duration(idle) * time.Second
	r.Idle, r.IdleSince = r.RecordedNothing(), r.StartedAt
	if refusal := configureSubscription(r, recording); refusal != nil {
		return refusal
	}
	r.StreamMode, _ = member(recording, "streamMode", recorder.StreamModeDefault)
	r.CorrectEXTINF, _ = member(recording.privateParams(), "correctEXTINF", false)
	configureTranscoding(r, recording)
	return configureSnapshot(r, request)
}

// privateParams returns the object that a string member contains, or nil if there is
// none.
func (b Body) privateParams() Body {
	text, _ := b.Text("privateParams")
	return Body{"privateParams": json.RawMessage(text)}.object("privateParams")
}

// wrongDecryption returns what is missing to decrypt an encrypted channel, or "" if
// nothing is.
func (b Body) wrongDecryption() string {
	mode, _ := b.number("decryptionMode", decryptionNone, decryptionNone, lastDecryption)
	if secret, _ := b.Text("secret"); mode != decryptionNone && secret == "" {
		return "secret is required where decryptionMode is not 0"
	}
	if mode < firstSaltyDecryption {
		return ""
	}
	text, _ := b.Text("salt")
	if salt, err := base64.StdEncoding.DecodeString(text); err != nil || len(salt) != saltBytes {
		return "salt is required where decryptionMode is 7 or 8, and must be 32 bytes in Base64"
	}
	return ""
}
