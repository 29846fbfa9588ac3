// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/uuid"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

// cloudRecordingProduct and recorderService are Agora's numbers for the product
// and for the part of it that sends.
const (
	cloudRecordingProduct = 3
	recorderService       = 1
)

// notice is a notification that names a screenshot.
type notice struct {
	// lesson is the name of the recording's object.
	lesson    string
	fileName  string
	body      []byte
	signature string
}

// envelope is the body of a notification, as Agora documents it.
type envelope struct {
	NoticeID  string  `json:"noticeId"`
	ProductID int     `json:"productId"`
	EventType int     `json:"eventType"`
	NotifyMs  int64   `json:"notifyMs"`
	Payload   payload `json:"payload"`
}

type payload struct {
	CName        string  `json:"cname"`
	UID          string  `json:"uid"`
	SID          string  `json:"sid"`
	Sequence     int     `json:"sequence"`
	SendTs       int64   `json:"sendts"`
	ServiceType  int     `json:"serviceType"`
	ServiceScene string  `json:"serviceScene"`
	Details      details `json:"details"`
}

type details struct {
	MsgName  string `json:"msgName"`
	FileName string `json:"fileName"`
}

// newNotices returns as many signed notifications, for the recordings in turn.
// Each names another file. The events happen from a time on, so far apart.
func newNotices(lessons []*v1alpha1.CloudRecording, count int, from time.Time, apart time.Duration) ([]notice, error) {
	notices := make([]notice, 0, count)
	for i := range count {
		made, err := newNotice(lessons[i%len(lessons)], i/len(lessons), from.Add(time.Duration(i)*apart))
		if err != nil {
			return nil, err
		}
		notices = append(notices, made)
	}
	return notices, nil
}

func newNotice(lesson *v1alpha1.CloudRecording, sequence int, at time.Time) (notice, error) {
	fileName := fmt.Sprintf("%s_%s__uid_s_123__uid_e_video_%d.jpg", lesson.Spec.SID, lesson.Spec.CName, at.UnixMicro())
	body, err := json.Marshal(envelope{
		NoticeID: string(uuid.NewUUID()), ProductID: cloudRecordingProduct,
		EventType: agorasim.EventSnapshotFile, NotifyMs: at.UnixMilli(),
		Payload: payload{
			CName: lesson.Spec.CName, UID: lesson.Spec.UID, SID: lesson.Spec.SID,
			Sequence: sequence, SendTs: at.UnixMilli(), ServiceType: recorderService, ServiceScene: "rtc_snapshot",
			Details: details{MsgName: "recorder_snapshot_file", FileName: fileName},
		},
	})
	if err != nil {
		return notice{}, fmt.Errorf("write a notification: %w", err)
	}
	code := hmac.New(sha256.New, []byte(notificationSecret))
	_, _ = code.Write(body) // never fails
	return notice{lesson: lesson.Name, fileName: fileName, body: body, signature: hex.EncodeToString(code.Sum(nil))}, nil
}
