// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/hack/agorasim"
)

// defaultFailover is how long a recorder is moved where nothing else is said.
const defaultFailover = 90 * time.Second

// Listen serves the interface at an address such as 127.0.0.1:0.
func Listen(s *agorasim.Simulator, address string) (*agorasim.Server, error) {
	return agorasim.Listen(address, Handler(s))
}

// Handler returns the interface.
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
			return nil, errNoRecording
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
	type upload struct {
		UploadingStatus string `json:"uploadingStatus"`
		agorasim.Upload
	}
	handleRecording(mux, s, "upload", func(sid string, body upload) error {
		return s.SetUpload(sid, body.UploadingStatus, body.Upload)
	})
	handleRecording(mux, s, "lose-worker", func(sid string, body span) error {
		return s.LoseWorker(sid, body.orElse(defaultFailover))
	})
}

// span is the body of what lasts a while.
type span struct {
	For *metav1.Duration `json:"for"`
}

func (s span) orElse(byDefault time.Duration) time.Duration {
	if s.For == nil {
		return byDefault
	}
	return s.For.Duration
}

// handleRecording handles what changes a recording, which is answered with it.
func handleRecording[B any](mux *http.ServeMux, s *agorasim.Simulator, verb string, change func(sid string, body B) error) {
	handle(mux, "POST /recordings/{sid}/"+verb, "sid", http.StatusOK, func(sid string, body B) (any, error) {
		err := change(sid, body)
		recording, _ := s.Recording(sid)
		return recording, err
	})
}

func handleFaults(mux *http.ServeMux, s *agorasim.Simulator) {
	list(mux, "/faults", s.Faults)
	empty(mux, "/faults", s.ClearFaults)
	remove(mux, "/faults/{id}", s.RemoveFault)
	handle(mux, "POST /faults", "", http.StatusCreated, func(_ string, fault agorasim.Fault) (_ any, err error) {
		fault.ID, err = s.AddFault(fault)
		return fault, err
	})
	list(mux, "/notifications/faults", s.NotificationFaults)
	empty(mux, "/notifications/faults", s.ClearNotificationFaults)
	remove(mux, "/notifications/faults/{id}", s.RemoveNotificationFault)
	handle(mux, "POST /notifications/faults", "", http.StatusCreated, func(_ string, fault agorasim.NotificationFault) (_ any, err error) {
		fault.ID, err = s.AddNotificationFault(fault)
		return fault, err
	})
}

func handleNotifications(mux *http.ServeMux, s *agorasim.Simulator) {
	list(mux, "/notifications", func() shownNotifications { return shown(s.Notifications()) })
	handle(mux, "PUT /notifications", "", http.StatusOK, func(_ string, body agorasim.Notifications) (any, error) {
		err := s.SetNotifications(body)
		return shown(s.Notifications()), err
	})
	type check struct {
		AppID string `json:"appId"`
	}
	handle(mux, "POST /notifications/check", "", http.StatusOK, func(_ string, body check) (any, error) {
		ids, err := s.CheckReceiver(body.AppID)
		return noticeIDs{ids}, err
	})
	type event struct {
		EventType int              `json:"eventType"`
		UID       string           `json:"uid"`
		Details   agorasim.Details `json:"details"`
	}
	handle(mux, "POST /recordings/{sid}/notify", "sid", http.StatusOK, func(sid string, body event) (any, error) {
		id, err := s.SendNotificationAs(sid, body.EventType, body.UID, body.Details)
		return noticeIDs{[]string{id}}, err
	})
	list(mux, "/notifications/deliveries", s.Deliveries)
	empty(mux, "/notifications/deliveries", s.ClearDeliveries)
}

// noticeIDs name notifications that were sent.
type noticeIDs struct {
	NoticeIDs []string `json:"noticeIds"`
}

// shownNotifications are the settings without their secrets.
type shownNotifications struct {
	URL        string            `json:"url"`
	EventTypes []int             `json:"eventTypes,omitempty"`
	AppIDs     map[string]string `json:"appIds,omitempty"`
}

func shown(n agorasim.Notifications) shownNotifications {
	shown := shownNotifications{URL: n.URL, EventTypes: n.EventTypes, AppIDs: map[string]string{}}
	for appID, receiver := range n.AppIDs {
		shown.AppIDs[appID] = receiver.URL
	}
	return shown
}

func handleAccounts(mux *http.ServeMux, s *agorasim.Simulator) {
	list(mux, "/accounts", s.Accounts)
	type credential struct {
		Secret            string `json:"secret"`
		Account           string `json:"account"`
		RequestsPerSecond int    `json:"requestsPerSecond"`
	}
	handle(mux, "PUT /credentials/{customerId}", "customerId", http.StatusOK, func(customerID string, body credential) (any, error) {
		if body.Secret == "" && !s.HasCredential(customerID) {
			return nil, errNoCustomerID
		}
		if body.Secret != "" {
			s.SetCredential(customerID, body.Secret)
		}
		if body.Account != "" {
			s.SetAccount(customerID, body.Account)
		}
		if body.RequestsPerSecond != 0 {
			s.SetRequestsPerSecond(customerID, body.RequestsPerSecond)
		}
		return s.Accounts(), nil
	})
	handle(mux, "DELETE /credentials/{customerId}", "customerId", http.StatusNoContent, func(customerID string, _ nothing) (any, error) {
		s.RemoveCredential(customerID)
		return nil, nil
	})
	handle(mux, "PUT /app-ids", "", http.StatusOK, func(_ string, appIDs map[string]string) (any, error) {
		s.SetAppIDs(appIDs)
		return appIDs, nil
	})
	do(mux, "PUT /tokens", s.SetTokens)
	do(mux, "PUT /app-certificates", s.SetAppCertificates)
	do(mux, "PUT /storage-credentials", func(credentials []agorasim.StorageCredential) { s.SetStorageCredentials(credentials...) })
}

// clockState is the simulated time.
type clockState struct {
	Now   time.Time `json:"now,omitzero"`
	Speed float64   `json:"speed"`
}

func handleService(mux *http.ServeMux, s *agorasim.Simulator) {
	list(mux, "/requests", s.Requests)
	empty(mux, "/requests", s.ClearRequests)
	list(mux, "/clock", func() clockState { return clockState{s.Now(), s.Speed()} })
	type speed struct {
		Speed float64 `json:"speed"`
	}
	handle(mux, "PUT /clock", "", http.StatusOK, func(_ string, body speed) (any, error) {
		err := s.SetSpeed(body.Speed)
		return clockState{s.Now(), s.Speed()}, err
	})
	do(mux, "POST /restart", func(body span) { s.Restart(body.orElse(0)) })
	do(mux, "POST /reset", func(nothing) { s.Reset() })
}
