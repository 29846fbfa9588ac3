// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"fmt"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/notify"
)

// defaultFailover is how long a move to another server takes by default.
const defaultFailover = 90 * time.Second

// Handler returns the admin interface of a simulator.
func Handler(s *agorasim.Simulator) http.Handler {
	mux := http.NewServeMux()
	handleRecordings(mux, s)
	handleFaults(mux, s)
	handleNotifications(mux, s)
	handleAccounts(mux, s)
	handleService(mux, s)
	return mux
}

func handleRecordings(mux *http.ServeMux, s *agorasim.Simulator) {
	list(mux, "/recordings", s.Recordings)
	handle(mux, "POST /recordings", "", http.StatusCreated, func(_ string, options agorasim.RecordingOptions) (any, error) {
		return s.AddRecording(options)
	})
	handle(mux, "GET /recordings/{sid}", "sid", http.StatusOK, func(sid string, _ nothing) (any, error) {
		recording, ok := s.Recording(sid)
		if !ok {
			return nil, fmt.Errorf("%w %s", agorasim.ErrNoRecording, sid)
		}
		return recording, nil
	})
	for verb, end := range map[string]func(sid string) error{
		"idle-out": s.IdleOut, "leave-channel": s.LeaveChannel, "expire-token": s.ExpireToken,
		"fail": s.Fail, "transfer": s.Transfer, "exit": s.Exit,
	} {
		handleRecording(mux, s, verb, func(sid string, _ nothing) error { return end(sid) })
	}
	type channel struct {
		Publishers []string `json:"publishers"`
	}
	handleRecording(mux, s, "publish", func(sid string, body channel) error { return s.Publish(sid, body.Publishers...) })
	handleRecording(mux, s, "lose-worker", func(sid string, body span) error {
		return s.LoseWorker(sid, body.orElse(defaultFailover))
	})
}

// span is the body of requests with a duration.
type span struct {
	For *metav1.Duration `json:"for"`
}

func (s span) orElse(byDefault time.Duration) time.Duration {
	if s.For == nil {
		return byDefault
	}
	return s.For.Duration
}

// handleRecording handles a change of a recording. The answer is the changed recording.
func handleRecording[B any](mux *http.ServeMux, s *agorasim.Simulator, verb string, change func(sid string, body B) error) {
	handle(mux, "POST /recordings/{sid}/"+verb, "sid", http.StatusOK, func(sid string, body B) (any, error) {
		err := change(sid, body)
		recording, _ := s.Recording(sid)
		return recording, err
	})
}

func handleFaults(mux *http.ServeMux, s *agorasim.Simulator) {
	list(mux, "/faults", s.Faults)
	do(mux, "DELETE /faults", func(nothing) { s.ClearFaults() })
	handle(mux, "DELETE /faults/{id}", "id", http.StatusNoContent, func(id string, _ nothing) (any, error) {
		if !s.RemoveFault(id) {
			return nil, errNoFault
		}
		return nil, nil
	})
	handle(mux, "POST /faults", "", http.StatusCreated, func(_ string, fault faults.Fault) (_ any, err error) {
		fault.ID, err = s.AddFault(fault)
		return fault, err
	})
	list(mux, "/notifications/faults", s.NotificationFaults)
	do(mux, "DELETE /notifications/faults", func(nothing) { s.ClearNotificationFaults() })
	handle(mux, "POST /notifications/faults", "", http.StatusCreated, func(_ string, fault notify.Fault) (_ any, err error) {
		fault.ID, err = s.AddNotificationFault(fault)
		return fault, err
	})
}

func handleNotifications(mux *http.ServeMux, s *agorasim.Simulator) {
	handle(mux, "PUT /notifications", "", http.StatusNoContent, func(_ string, body notify.Settings) (any, error) {
		return nil, s.SetNotifications(body)
	})
	type check struct {
		AppID string `json:"appId"`
	}
	handle(mux, "POST /notifications/check", "", http.StatusOK, func(_ string, body check) (any, error) {
		ids, err := s.CheckReceiver(body.AppID)
		return noticeIDs{ids}, err
	})
	type event struct {
		EventType int            `json:"eventType"`
		UID       string         `json:"uid"`
		Details   notify.Details `json:"details"`
	}
	handle(mux, "POST /recordings/{sid}/notify", "sid", http.StatusOK, func(sid string, body event) (any, error) {
		id, err := s.SendNotificationAs(sid, body.EventType, body.UID, body.Details)
		return noticeIDs{[]string{id}}, err
	})
	list(mux, "/notifications/deliveries", s.Deliveries)
}

// noticeIDs are the IDs of notifications that were sent.
type noticeIDs struct {
	NoticeIDs []string `json:"noticeIds"`
}

func handleAccounts(mux *http.ServeMux, s *agorasim.Simulator) {
	list(mux, "/accounts", s.Accounts)
	type credential struct {
		Secret string `json:"secret"`
	}
	handle(mux, "PUT /credentials/{customerId}", "customerId", http.StatusOK, func(customerID string, body credential) (any, error) {
		if body.Secret == "" {
			return nil, errNoSecret
		}
		s.SetCredential(customerID, body.Secret)
		return s.Accounts(), nil
	})
	do(mux, "PUT /tokens", s.SetTokens)
	do(mux, "PUT /app-certificates", s.SetAppCertificates)
}

func handleService(mux *http.ServeMux, s *agorasim.Simulator) {
	list(mux, "/requests", s.Requests)
	do(mux, "POST /restart", func(body span) { s.Restart(body.orElse(0)) })
}
