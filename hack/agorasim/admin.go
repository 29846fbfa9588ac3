// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// AdminHandler returns the admin interface, by which faults are asked for and
// recordings looked at. It speaks JSON and has no authentication.
func (s *Simulator) AdminHandler() http.Handler {
	mux := http.NewServeMux()
	s.handleRecordings(mux)
	s.handleFaults(mux)
	s.handleNotifications(mux)
	s.handleAccounts(mux)
	s.handleService(mux)
	return mux
}

func (s *Simulator) handleRecordings(mux *http.ServeMux) {
	mux.HandleFunc("GET /recordings", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, s.Recordings())
	})
	mux.HandleFunc("POST /recordings", func(w http.ResponseWriter, r *http.Request) {
		var options RecordingOptions
		if !read(w, r, &options) {
			return
		}
		recording, err := s.AddRecording(options)
		respond(w, http.StatusCreated, recording, err)
	})
	mux.HandleFunc("GET /recordings/{sid}", func(w http.ResponseWriter, r *http.Request) {
		recording, ok := s.Recording(r.PathValue("sid"))
		if !ok {
			write(w, http.StatusNotFound, problem{"no recording has this sid"})
			return
		}
		write(w, http.StatusOK, recording)
	})
	type nothing struct{}
	handleRecording(s, mux, "idle-out", func(sid string, _ nothing) error { return s.IdleOut(sid) })
	handleRecording(s, mux, "leave-channel", func(sid string, _ nothing) error { return s.LeaveChannel(sid) })
	handleRecording(s, mux, "expire-token", func(sid string, _ nothing) error { return s.ExpireToken(sid) })
	handleRecording(s, mux, "fail", func(sid string, _ nothing) error { return s.Fail(sid) })
	handleRecording(s, mux, "transfer", func(sid string, _ nothing) error { return s.Transfer(sid) })
	handleRecording(s, mux, "exit", func(sid string, _ nothing) error { return s.Exit(sid) })
	type channel struct {
		Publishers []string `json:"publishers"`
	}
	handleRecording(s, mux, "publish", func(sid string, body channel) error { return s.Publish(sid, body.Publishers...) })
	type upload struct {
		UploadingStatus string `json:"uploadingStatus"`
		Upload
	}
	handleRecording(s, mux, "upload", func(sid string, body upload) error {
		return s.SetUpload(sid, body.UploadingStatus, body.Upload)
	})
	handleRecording(s, mux, "lose-worker", func(sid string, body span) error {
		return s.LoseWorker(sid, orElse(body.For, defaultFailover))
	})
}

// span is the body of what lasts a while.
type span struct {
	For *metav1.Duration `json:"for"`
}

// handleRecording handles what changes a recording. The body may be empty.
func handleRecording[B any](s *Simulator, mux *http.ServeMux, verb string, change func(sid string, body B) error) {
	mux.HandleFunc("POST /recordings/{sid}/"+verb, func(w http.ResponseWriter, r *http.Request) {
		var body B
		if !read(w, r, &body) {
			return
		}
		sid := r.PathValue("sid")
		err := change(sid, body)
		recording, _ := s.Recording(sid)
		respond(w, http.StatusOK, recording, err)
	})
}

const noFault = "no fault has this ID, or it has struck as often as it was to"

func (s *Simulator) handleFaults(mux *http.ServeMux) {
	mux.HandleFunc("GET /faults", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, s.Faults())
	})
	mux.HandleFunc("POST /faults", func(w http.ResponseWriter, r *http.Request) {
		var fault Fault
		if !read(w, r, &fault) {
			return
		}
		id, err := s.AddFault(fault)
		fault.ID = id
		respond(w, http.StatusCreated, fault, err)
	})
	mux.HandleFunc("DELETE /faults", func(w http.ResponseWriter, _ *http.Request) {
		s.ClearFaults()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("DELETE /faults/{id}", func(w http.ResponseWriter, r *http.Request) {
		if !s.RemoveFault(r.PathValue("id")) {
			write(w, http.StatusNotFound, problem{noFault})
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

func (s *Simulator) handleAccounts(mux *http.ServeMux) {
	mux.HandleFunc("GET /accounts", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, s.Accounts())
	})
	mux.HandleFunc("PUT /credentials/{customerId}", func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Secret            string `json:"secret"`
			Account           string `json:"account"`
			RequestsPerSecond int    `json:"requestsPerSecond"`
		}
		if !read(w, r, &body) {
			return
		}
		customerID := r.PathValue("customerId")
		if body.Secret == "" && !s.knows(customerID) {
			write(w, http.StatusNotFound, problem{"no pair has this customer ID: a new one needs a secret"})
			return
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
		write(w, http.StatusOK, s.Accounts())
	})
	mux.HandleFunc("DELETE /credentials/{customerId}", func(w http.ResponseWriter, r *http.Request) {
		s.RemoveCredential(r.PathValue("customerId"))
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("PUT /app-ids", func(w http.ResponseWriter, r *http.Request) {
		var appIDs map[string]string
		if !read(w, r, &appIDs) {
			return
		}
		s.SetAppIDs(appIDs)
		write(w, http.StatusOK, appIDs)
	})
	mux.HandleFunc("PUT /tokens", func(w http.ResponseWriter, r *http.Request) {
		var tokens map[string]string
		if !read(w, r, &tokens) {
			return
		}
		s.SetTokens(tokens)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("PUT /storage-credentials", func(w http.ResponseWriter, r *http.Request) {
		var credentials []StorageCredential
		if !read(w, r, &credentials) {
			return
		}
		s.SetStorageCredentials(credentials...)
		w.WriteHeader(http.StatusNoContent)
	})
}

func (s *Simulator) handleService(mux *http.ServeMux) {
	mux.HandleFunc("GET /requests", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, s.Requests())
	})
	mux.HandleFunc("DELETE /requests", func(w http.ResponseWriter, _ *http.Request) {
		s.ClearRequests()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /clock", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, clockState{Now: s.Now(), Speed: s.Speed()})
	})
	mux.HandleFunc("PUT /clock", func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Speed float64 `json:"speed"`
		}
		if !read(w, r, &body) {
			return
		}
		err := s.SetSpeed(body.Speed)
		respond(w, http.StatusOK, clockState{Now: s.Now(), Speed: s.Speed()}, err)
	})
	mux.HandleFunc("POST /restart", func(w http.ResponseWriter, r *http.Request) {
		var body span
		if !read(w, r, &body) {
			return
		}
		s.Restart(orElse(body.For, 0))
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /reset", func(w http.ResponseWriter, _ *http.Request) {
		s.Reset()
		w.WriteHeader(http.StatusNoContent)
	})
}

// clockState is the simulated time.
type clockState struct {
	Now   time.Time `json:"now,omitzero"`
	Speed float64   `json:"speed"`
}

// problem is the body of an answer that refuses.
type problem struct {
	Problem string `json:"problem"`
}

// read decodes a body, which may be empty, or refuses it.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil && !atEnd(decoder) {
		err = errors.New("something follows its value")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		write(w, http.StatusBadRequest, problem{"the body cannot be used: " + err.Error()})
		return false
	}
	return true
}

func atEnd(decoder *json.Decoder) bool {
	_, err := decoder.Token()
	return errors.Is(err, io.EOF)
}

// respond answers with the body, or with what went wrong.
func respond(w http.ResponseWriter, status int, body any, err error) {
	if errors.Is(err, errNoRecording) {
		write(w, http.StatusNotFound, problem{err.Error()})
		return
	}
	if err != nil {
		write(w, http.StatusBadRequest, problem{err.Error()})
		return
	}
	write(w, status, body)
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", contentTypeJSON)
	w.WriteHeader(status)
	// A client that has gone cannot be told anything.
	_ = json.NewEncoder(w).Encode(body)
}
