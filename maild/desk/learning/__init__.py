"""What agents' corrections teach: `training` learns, `grading` tries it, `learning` proposes, `taught` acts."""
