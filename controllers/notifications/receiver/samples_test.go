// SPDX-License-Identifier: Apache-2.0

package receiver

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Agora signs with it
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"cloudrecording.dev/operator/controllers/notifications"
)

const (
	lessonSID    = "cb711ab5d643d4531efd86c18a8c131d"
	lessonSecret = "s3cr3t-of-the-lesson"
	otherSecret  = "s3cr3t-of-another"
)

// lesson is the recording that most notifications are about.
func lesson() notifications.Recipient {
	return notifications.Recipient{
		Name: types.NamespacedName{Namespace: "school", Name: "lesson"}, UID: "lesson-1", Secret: []byte(lessonSecret),
	}
}

// notify returns the body of a notification about the lesson.
func notify(notice string, eventType notifications.Type, details string) string {
	return notifyAbout(lessonSID, notice, eventType, details)
}

func notifyAbout(sid, notice string, eventType notifications.Type, details string) string {
	return fmt.Sprintf(`{"noticeId":%q,"productId":3,"eventType":%d,"notifyMs":1611566412672,`+
		`"payload":{"cname":"room1","uid":"527841","sid":%q,"sequence":12,"sendts":1611566412000,"serviceType":2,"details":{%s}}}`,
		notice, eventType, sid, details)
}

// sizable returns a notification of nearly the maximum size.
func sizable(sid, notice string) string {
	var files []string
	for i := range 40 {
		files = append(files, fmt.Sprintf(`{"fileName":"%s-%d-%s.m3u8"}`, notice, i, strings.Repeat("x", 900)))
	}
	return notifyAbout(sid, notice, notifications.Uploaded, `"status":0,"fileList":[`+strings.Join(files, ",")+`]`)
}

func sign(algorithm func() hash.Hash, body, secret string) string {
	mac := hmac.New(algorithm, []byte(secret))
	_, _ = mac.Write([]byte(body)) // never fails
	return hex.EncodeToString(mac.Sum(nil))
}

func signV1(body, secret string) string { return sign(sha1.New, body, secret) }

func signV2(body, secret string) string { return sign(sha256.New, body, secret) }
