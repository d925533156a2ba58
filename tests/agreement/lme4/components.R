# Fits designs.tsv by lme4 (REML): Rscript components.R designs.tsv > components.tsv
# The best of three optimisers with tight tolerances; -2 log restricted likelihood beside.
suppressMessages(library(lme4))
lines <- read.delim(commandArgs(TRUE)[1], colClasses = "character")
cat(sprintf("# lme4 %s, R %s.%s\n", packageVersion("lme4"), R.version$major, R.version$minor))
cat("design\tpatient\treader\tpatient_reader\tresidual\tdeviance\n")
controls <- list(
  lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10), calc.derivs = FALSE,
              check.nobs.vs.nRE = "ignore"),
  lmerControl(optimizer = "Nelder_Mead", optCtrl = list(FtolAbs = 1e-12, XtolRel = 1e-10),
              calc.derivs = FALSE, check.nobs.vs.nRE = "ignore"),
  lmerControl(optimizer = "nloptwrap", optCtrl = list(ftol_abs = 1e-12, xtol_abs = 1e-10),
              calc.derivs = FALSE, check.nobs.vs.nRE = "ignore"))
for (line in seq_len(nrow(lines))) {
  cells <- strsplit(strsplit(lines$readings[line], ";")[[1]], "|", fixed = TRUE)
  frame <- do.call(rbind, lapply(seq_along(cells), function(i)
    do.call(rbind, lapply(seq_along(cells[[i]]), function(j) {
      values <- as.numeric(strsplit(cells[[i]][j], ",")[[1]]) / 10
      if (length(values)) data.frame(patient = factor(i), reader = factor(j), value = values)
    }))))
  frame$both <- interaction(frame$patient, frame$reader, drop = TRUE)
  model <- value ~ (1 | patient) + (1 | reader)
  if (any(duplicated(frame$both))) model <- update(model, . ~ . + (1 | both))
  fits <- lapply(controls, function(control)
    suppressMessages(suppressWarnings(lmer(model, frame, REML = TRUE, control = control))))
  best <- fits[[which.min(sapply(fits, REMLcrit))]]
  v <- as.data.frame(VarCorr(best))
  get <- function(name) { found <- v$vcov[v$grp == name]; if (length(found)) found else NA }
  cat(lines$design[line], sprintf("%.9g", c(get("patient"), get("reader"), get("both"),
      get("Residual"))), sprintf("%.8f", REMLcrit(best)), sep = "\t")
  cat("\n")
}
