// SPDX-License-Identifier: Apache-2.0

package agorasim

import "net/http"

// shownNotifications are Notifications without their secrets.
type shownNotifications struct {
	URL        string            `json:"url"`
	EventTypes []int             `json:"eventTypes,omitempty"`
	AppIDs     map[string]string `json:"appIds,omitempty"`
}

func (n Notifications) shown() shownNotifications {
	shown := shownNotifications{URL: n.URL, EventTypes: n.EventTypes, AppIDs: map[string]string{}}
	for appID, receiver := range n.AppIDs {
		shown.AppIDs[appID] = receiver.URL
	}
	return shown
}

// noticeIDs name notifications that were sent.
type noticeIDs struct {
	NoticeIDs []string `json:"noticeIds"`
}

func (s *Simulator) handleNotifications(mux *http.ServeMux) {
	mux.HandleFunc("GET /notifications", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, s.Notifications().shown())
	})
	mux.HandleFunc("PUT /notifications", func(w http.ResponseWriter, r *http.Request) {
		var body Notifications
		if !read(w, r, &body) {
			return
		}
		err := s.SetNotifications(body)
		respond(w, http.StatusOK, s.Notifications().shown(), err)
	})
	mux.HandleFunc("POST /notifications/check", func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			AppID string `json:"appId"`
		}
		if !read(w, r, &body) {
			return
		}
		ids, err := s.CheckReceiver(body.AppID)
		respond(w, http.StatusOK, noticeIDs{ids}, err)
	})
	mux.HandleFunc("POST /recordings/{sid}/notify", func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			EventType int     `json:"eventType"`
			UID       string  `json:"uid"`
			Details   Details `json:"details"`
		}
		if !read(w, r, &body) {
			return
		}
		id, err := s.SendNotificationAs(r.PathValue("sid"), body.EventType, body.UID, body.Details)
		respond(w, http.StatusOK, noticeIDs{[]string{id}}, err)
	})
	mux.HandleFunc("GET /notifications/deliveries", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, s.Deliveries())
	})
	mux.HandleFunc("DELETE /notifications/deliveries", func(w http.ResponseWriter, _ *http.Request) {
		s.ClearDeliveries()
		w.WriteHeader(http.StatusNoContent)
	})
	s.handleNotificationFaults(mux)
}

func (s *Simulator) handleNotificationFaults(mux *http.ServeMux) {
	mux.HandleFunc("GET /notifications/faults", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, s.NotificationFaults())
	})
	mux.HandleFunc("POST /notifications/faults", func(w http.ResponseWriter, r *http.Request) {
		var fault NotificationFault
		if !read(w, r, &fault) {
			return
		}
		id, err := s.AddNotificationFault(fault)
		fault.ID = id
		respond(w, http.StatusCreated, fault, err)
	})
	mux.HandleFunc("DELETE /notifications/faults", func(w http.ResponseWriter, _ *http.Request) {
		s.ClearNotificationFaults()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("DELETE /notifications/faults/{id}", func(w http.ResponseWriter, r *http.Request) {
		if !s.RemoveNotificationFault(r.PathValue("id")) {
			write(w, http.StatusNotFound, problem{noFault})
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}
