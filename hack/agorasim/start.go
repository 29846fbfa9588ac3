// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"net/http"
	"slices"
	"time"
)

const (
	// resourceIDValidity is how long after acquire a resource ID can start.
	resourceIDValidity = 5 * time.Minute

	defaultMaxIdleTime = 30
	minMaxIdleTime     = 5
	maxMaxIdleTime     = 2592000
	maxRecordingHours  = 720
)

// start begins a recording.
func (s *Simulator) start(c *call) outcome {
	body, refusal := c.parseBody()
	if refusal != nil {
		return now(refusal)
	}
	used, refusal := s.usable(c, body)
	if refusal != nil {
		return now(refusal)
	}
	r, refusal := s.configure(c, body, used)
	if refusal != nil {
		return now(refusal)
	}
	if other, ok := s.tasks[r.task]; ok && other.running(s.clock.Now()) {
		return now(serviceError(http.StatusBadRequest, codeTaskConflict, "task conflict"))
	}
	used.sid, used.mode = r.sid, r.mode
	s.add(r)
	return now(jsonReply(http.StatusOK, serviceBody{CName: r.cname, UID: r.uid, ResourceID: r.resourceID, SID: r.sid}))
}

// usable returns the resource that the call names, or why it starts nothing.
func (s *Simulator) usable(c *call, body requestBody) (*resource, *reply) {
	cname, _ := body.text("cname")
	uid, _ := body.text("uid")
	found, ok := s.resources[c.resourceID]
	switch {
	case !ok:
		return nil, serviceError(http.StatusBadRequest, codeUnknownResource, "resource ID cannot be decoded")
	case found.task != task{c.appID, cname, uid}:
		return nil, serviceError(http.StatusBadRequest, codeMismatch, "appid, cname or uid does not match the resource ID")
	case found.sid != "":
		return nil, jsonReply(http.StatusCreated, serviceBody{Code: codeAlreadyStarted, Reason: "already started"})
	case s.clock.Now().Sub(found.acquiredAt) > resourceIDValidity:
		return nil, serviceError(http.StatusBadRequest, codeResourceExpired, "resource ID expired")
	case (found.mode == ModeWeb) != (c.mode == ModeWeb):
		return nil, serviceError(http.StatusBadRequest, codeMismatch, "webResource is not allowed for this scene!")
	}
	return found, nil
}

// configure makes a recorder of a request, or refuses it.
func (s *Simulator) configure(c *call, body requestBody, used *resource) (*recorder, *reply) {
	request := body.object("clientRequest")
	storage := request.object("storageConfig")
	if storage == nil {
		return nil, invalidParameter("storageConfig is required")
	}
	r := s.newRecorder(used.task, c.mode)
	r.resourceID = used.id
	r.startupStep = s.options.StartupStep
	r.refusedAfter = r.startedAt.Add(used.expiry)
	r.snapshot = request.object("snapshotConfig") != nil
	r.fileNamePrefix = storage.texts("fileNamePrefix")
	if files := request.object("recordingFileConfig").texts("avFileType"); len(files) > 0 {
		r.avFileType = files
	}
	if !slices.Contains(r.avFileType, "hls") || (c.mode == ModeIndividual && r.has("mp4")) {
		return nil, invalidParameter("invalid avFileType")
	}
	if c.mode == ModeWeb {
		return r, configureWeb(r, request)
	}
	recording := request.object("recordingConfig")
	if recording == nil {
		return nil, invalidParameter("recordingConfig is required")
	}
	idle, ok := recording.number("maxIdleTime", defaultMaxIdleTime, minMaxIdleTime, maxMaxIdleTime)
	if !ok {
		return nil, invalidParameter("invalid maxIdleTime")
	}
	r.maxIdleTime = time.Duration(idle) * time.Second
	if r.recordedNothing() {
		r.idleSince = r.startedAt
	}
	return r, nil
}

func configureWeb(r *recorder, request requestBody) *reply {
	var services []requestBody
	for _, service := range request.object("extensionServiceConfig").objects("extensionServices") {
		if name, _ := service.text("serviceName"); name == "web_recorder_service" {
			services = append(services, service.object("serviceParam"))
		}
	}
	if len(services) != 1 || services[0] == nil {
		return invalidParameter("extensionServiceConfig needs one web_recorder_service with serviceParam")
	}
	if url, _ := services[0].text("url"); url == "" {
		return invalidParameter("url is required")
	}
	hours, ok := services[0].number("maxRecordingHour", 0, 1, maxRecordingHours)
	if !ok || hours == 0 {
		return invalidParameter("invalid maxRecordingHour")
	}
	r.maxDuration = time.Duration(hours) * time.Hour
	return nil
}

// newRecorder returns a recorder with the simulator's defaults that starts now.
func (s *Simulator) newRecorder(task task, mode string) *recorder {
	return &recorder{
		task:            task,
		sid:             newSID(),
		mode:            mode,
		avFileType:      []string{"hls"},
		publishers:      s.options.Publishers,
		uploadingStatus: s.options.UploadingStatus,
		uploadDuration:  s.options.UploadDuration,
		exitAfter:       s.options.ExitAfter,
		maxIdleTime:     defaultMaxIdleTime * time.Second,
		startedAt:       s.clock.Now(),
	}
}

// add puts a recorder to work.
func (s *Simulator) add(r *recorder) {
	s.recorders[r.sid] = r
	s.tasks[r.task] = r
	s.order = append(s.order, r.sid)
}
